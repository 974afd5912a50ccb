import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checksumAddress } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import type { Clock } from '../../plugins/clock.ts'
import type { Finding } from '../disputes/index.ts'
import type { Connected, ProverStore } from '../store/index.ts'
import type { Watcher } from '../watcher/index.ts'
import { examples } from './examples.ts'
import { Maybe } from './queries.ts'

const Leaks = Type.Object(
  {
    leaks: Type.Array(
      Type.Object({
        contract: Type.String(),
        staker: Type.String(),
        classNumber: Type.Integer(),
        leafIndex: Type.Integer(),
        secret: Maybe(Type.String({ description: 'Hex; absent if the stake declared a false opening.' })),
        status: Type.Union(
          [
            Type.Literal('found'),
            Type.Literal('committed'),
            Type.Literal('slashed'),
            Type.Literal('rewarded'),
            Type.Literal('gone'),
          ],
          {
            description:
              'How far slashing has got; rewarded: nothing is left to do; gone: the stake is no longer there.',
          },
        ),
        fault: Maybe(Type.Object({ code: Type.String(), message: Type.String() })),
      }),
    ),
  },
  { examples: [examples.leaks] },
)
const Disputes = Type.Object(
  {
    disputes: Type.Array(
      Type.Object({
        source: Type.String({ description: 'The node or prover that served it.' }),
        sequence: Type.String(),
        digest: Type.String({ description: 'Hex.' }),
        signers: Type.Array(Type.String(), { description: 'Who of the signers has signed it.' }),
        status: Type.Union(
          [Type.Literal('open'), Type.Literal('slashed'), Type.Literal('possible'), Type.Literal('true')],
          {
            description:
              'possible: it can be slashed, but this prover has no key to pay for it; true: nothing is false.',
          },
        ),
        call: Maybe(Type.String({ description: "The registry's function that takes the bonds." })),
      }),
    ),
  },
  { examples: [examples.disputes] },
)
const Connections = Type.Object(
  {
    block: Maybe(Type.String({ description: 'The block as of which this holds.' })),
    connections: Type.Array(
      Type.Object({
        granter: Type.String({ description: 'Who may be written to.' }),
        writer: Type.String({ description: 'Who may write.' }),
        uid: Type.String({ description: 'Of the attestation.' }),
        expiresAt: Type.Integer({ description: 'Unix seconds; 0 for never.' }),
      }),
    ),
  },
  { examples: [examples.connections] },
)

type Options = {
  readonly store: ProverStore
  readonly watched: () => Pick<Watcher, 'reports'>
  readonly findings: () => readonly Finding[]
  readonly clock: Clock
}

/** What the prover knows of cheaters, and of connections on the chain. */
export const ledger: FastifyPluginAsyncTypebox<Options> = async (app, { store, watched, findings, clock }) => {
  const leaks = { tags: ['ledger'], summary: 'Cheaters found', response: { 200: Leaks } }
  app.get('/v1/leaks', { schema: leaks }, async (_, reply) => {
    reply.header('cache-control', 'no-cache')
    return {
      leaks: watched().reports,
    }
  })

  const disputes = {
    tags: ['ledger'],
    summary: 'Checkpoints found that the chain does not make',
    response: { 200: Disputes },
  }
  app.get('/v1/disputes', { schema: disputes }, async (_, reply) => {
    reply.header('cache-control', 'no-cache')
    return { disputes: findings().map((finding) => ({ ...finding, signers: [...finding.signers] })) }
  })

  const querystring = Type.Object({
    account: Type.String({ pattern: '^0x[0-9a-fA-F]{40}$', description: 'An address.', examples: [examples.account] }),
  })
  const connections = {
    tags: ['ledger'],
    summary: 'Connections of an account',
    querystring,
    response: { 200: Connections },
  }
  app.get('/v1/connections', { schema: connections }, async ({ query }, reply) => {
    reply.header('cache-control', 'no-cache')
    const account = checksumAddress(query.account as `0x${string}`)
    const [block] = await store.ledgerBlocks()
    const found = await store.connectionsOf(account, Math.floor(clock()))
    return { block: block?.number.toString(), connections: found.map(describe) }
  })
}

const describe = ({ granter, writer, uid, expiresAt }: Connected) => ({ granter, writer, uid, expiresAt })
