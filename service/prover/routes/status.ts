import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { decodeCheckpoint } from '@pennypost/sdk/codec'
import { toHex } from '@pennypost/sdk/crypto'
import { Type } from 'typebox'
import type { Network, Signer } from '../checkpoints/index.ts'
import type { Progress } from '../follower.ts'
import type { ProverStore } from '../store/index.ts'

const Info = Type.Object({
  network: Type.String(),
  networkId: Type.String({ description: 'Hex, 32 bytes.' }),
  chainId: Type.Integer(),
  noteTree: Type.String(),
  postage: Type.Array(Type.String()),
  signer: Type.String({ description: "Address of this prover's key." }),
  nodes: Type.Array(Type.Object({ url: Type.String(), key: Type.String() })),
})
const Health = Type.Object({
  status: Type.Union([Type.Literal('ok'), Type.Literal('starting'), Type.Literal('faulty')]),
  /** Why nothing is signed. */
  fault: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  block: Type.Optional(Type.String({ description: 'Newest block that was read.' })),
  operations: Type.String({ description: 'Operations that were read.' }),
  checkpoint: Type.Optional(
    Type.Object({ sequence: Type.String(), operations: Type.String(), ageSeconds: Type.Integer() }),
  ),
})

type Options = {
  readonly store: ProverStore
  readonly progress: () => Progress
  readonly signer: Signer
  readonly network: Network & { readonly name: string; readonly postage: readonly string[] }
  readonly now: () => number
}

/** What this prover is, and how it is. */
export const status: FastifyPluginAsyncTypebox<Options> = async (app, options) => {
  const info = { tags: ['prover'], summary: 'What this prover signs for', response: { 200: Info } }
  app.get('/v1/info', { schema: info }, async () => describe(options))

  const response = { 200: Health, 503: Health }
  const health = { tags: ['prover'], summary: 'Whether checkpoints are signed', response }
  app.get('/healthz', { schema: health, config: { rateLimit: false } }, async (_, reply) => {
    const { status, ...rest } = await healthOf(options)
    reply.header('cache-control', 'no-store')
    return reply.code(status === 'ok' ? 200 : 503).send({ status, ...rest })
  })
}

function describe({ network, signer }: Options) {
  return {
    network: network.name,
    networkId: toHex(network.networkId),
    chainId: Number(network.chainId),
    noteTree: network.noteTree,
    postage: [...network.postage],
    signer: signer.address,
    nodes: network.nodes.map(({ url, key }) => ({ url, key: toHex(key) })),
  }
}

async function healthOf({ store, progress, now }: Options) {
  const { fault, block } = progress()
  const [position, newest] = [await store.position(), await store.newestSigned()]
  const status: 'ok' | 'starting' | 'faulty' = fault ? 'faulty' : newest ? 'ok' : 'starting'
  return {
    status,
    operations: String(position?.operations ?? 0),
    ...(fault && { fault }),
    ...(block !== undefined && { block: String(block) }),
    ...(newest && {
      checkpoint: {
        sequence: String(newest.sequence),
        operations: String(newest.operations),
        ageSeconds: Math.max(0, now() - Number(decodeCheckpoint(newest.checkpoint).issuedAt)),
      },
    }),
  }
}
