import { buildEddsa } from 'circomlibjs'
import Fastify from 'fastify'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { startChain } from '../scripts/start/chain.ts'
import { fromHex, toBytes32 } from '../sdk/crypto/index.ts'
import { evaluateRule, leavesOf, parseRule } from '../sdk/policy/index.ts'
import { type ClaimForm, factClass, factEpochOf } from '../sdk/verifier/index.ts'
import { openPglite } from '../service/plugins/database/index.ts'
import type { Facts } from '../service/prover/facts/index.ts'
import { createSqlStore } from '../service/prover/store/index.ts'
import { startTestChain } from '../test/helpers/chain.ts'
import { startIssuer } from '../test/helpers/fact-issuer.ts'
import { bodyOf, claimBodyOf, issuerKey } from '../test/helpers/facts.ts'
import { append } from '../test/helpers/fake-chain.ts'
import { makeDataDir, startTestProver } from '../test/helpers/prover.ts'
import { makeProver } from '../test/helpers/prover-app.ts'
import { formatRows, interleave, type Row, rowOf, timed } from './row.ts'

const rounds = 9

/** What facts cost: a rule that asks for many, a note and claims of one, and what a prover serves beside them. */
export async function benchFacts(): Promise<Row[]> {
  return [...(await benchRule()), ...(await benchIssuing()), ...(await benchLeaves()), await benchRestart()]
}

/** Beside what it may take at most. */
const within = (name: string, subject: number, most: number, unit = 'ms'): Row => ({
  ...rowOf(name, subject, most, { beside: 'its bound', goal: { atMost: 1 } }),
  unit,
})

const leaves = ['stamp 1', 'stake 1', 'age eip155:1 >= 90 days', 'txCount eip155:1 >= 10'] as const

/** A rule that is as large as rules may be: 64 conditions, six deep with them. */
function largestRule(depth = 0, place = 0): string {
  if (depth === 5) return leaves[place % leaves.length] ?? ''
  const sides = depth === 4 ? [0, 1, 2, 3] : [0, 1]
  const parts = sides.map((side) => largestRule(depth + 1, sides.length * place + side))
  return `(${parts.join(depth % 2 === 0 ? ' or ' : ' and ')})`
}

/** A rule of 64 conditions read and decided, beside its bound, and read as JSON by the engine; in time of the processor. */
async function benchRule(): Promise<Row[]> {
  const text = largestRule()
  const rule = parseRule(text)
  if (leavesOf(rule).length !== 64) throw new Error('The rule has not 64 conditions.')
  const json = JSON.stringify(rule, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  const satisfied = new Set(Array.from({ length: 32 }, (_, i) => 2 * i))
  const times = 500
  const micros = (run: () => unknown) => async () =>
    1_000 *
    (await worked(times, () => {
      for (let i = 0; i < times; i++) run()
    }))
  const [ours = 0, decided = 0, engine = 0] = await interleave(rounds, [
    micros(() => evaluateRule(parseRule(text), satisfied)),
    micros(() => evaluateRule(rule, satisfied)),
    micros(() => JSON.parse(json)),
  ])
  return [
    within('read and decide a rule of 64 conditions, CPU', ours, 50, 'µs'),
    { ...rowOf('read and decide a rule of 64 conditions', ours, engine, { beside: 'JSON.parse of it' }), unit: 'µs' },
    { ...rowOf('decide a rule of 64 conditions, read', decided, ours, { beside: 'read and decided' }), unit: 'µs' },
  ]
}

/** Milliseconds of the processor that something takes, for each of `count` that it does. */
async function worked(count: number, run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000 / count
}

const start = 2_922 * factClass.epochLength + 1_000
const aRound = 32

/** A note signed, beside circomlibjs; and what is issued in each form, each time to another account. */
async function benchIssuing(): Promise<Row[]> {
  const eddsa = await buildEddsa()
  const issuer = await startIssuer(start)
  const facts = await issuer.open()
  const [bytes, places] = [fromHex(`0x${'07'.repeat(32)}`), Array.from({ length: aRound }, (_, i) => BigInt(i))]
  const [sign = 0, theirs = 0, note = 0, eas = 0, vc = 0] = await interleave(rounds, [
    () => worked(aRound, () => places.map(issuerKey.sign)),
    () => worked(aRound, () => places.map((message) => eddsa.signPoseidon(bytes, eddsa.F.e(message)))),
    ...(['note', 'eas', 'vc'] as const).map((form) => () => issueRound({ issuer, facts }, form)),
  ])
  await issuer.close()
  return [
    perSecond('sign a note (EdDSA-Poseidon), one core', sign, theirs, 'circomlibjs'),
    perSecond('issue a note, PGlite, one core', note, sign, 'its signature alone'),
    perSecond('issue an EAS attestation, PGlite, one core', eas, note, 'a note issued'),
    perSecond('issue a vc+jwt, PGlite, one core', vc, note, 'a note issued'),
  ]
}

type Issuing = { readonly issuer: Awaited<ReturnType<typeof startIssuer>>; readonly facts: Facts }

/** What one costs: the account's signature is checked, the fact looked up in memory, the answer signed and kept by PGlite. */
async function issueRound({ issuer: { chain }, facts }: Issuing, form: 'note' | ClaimForm): Promise<number> {
  const condition = 'txCount eip155:1 >= 3'
  const asked = Array.from({ length: aRound }, async () => {
    const account = privateKeyToAccount(generatePrivateKey())
    chain.nonces.set(account.address.toLowerCase(), 9n)
    if (form === 'note') return await bodyOf(account, { condition }, start)
    return await claimBodyOf(account, { condition, epoch: factEpochOf(start), form })
  })
  const bodies = await Promise.all(asked)
  return await worked(aRound, async () => {
    for (const body of bodies) {
      const answer = await facts.ask(body, 'bench')
      if (!('ok' in answer) || !answer.ok) throw new Error('Nothing was issued.')
    }
  })
}

/** Of two that take so many milliseconds each. */
function perSecond(name: string, subject: number, anchor: number, beside: string): Row {
  return { name, subject: 1_000 / subject, anchor: 1_000 / anchor, ratio: anchor / subject, unit: '/s', beside }
}

const [leafCount, pageSize] = [100_000, 16_384]

/** All leaves of a tree in pages, from a database, beside a bare Fastify route that answers the same bytes. */
async function benchLeaves(): Promise<Row[]> {
  const database = await openPglite('prover')
  const store = await createSqlStore(database)
  const word = toBytes32(1n)
  for (let from = 0; from < leafCount; from += 5_000) {
    const entries = Array.from({ length: 5_000 }, (_, i) => {
      const index = from + i
      const place = { tree: 0, subtree: index >> 10, treeRoot: 1n, node: 1n }
      return { index, block: 1n, operation: append(index), leaf: BigInt(index + 1), chain: word, root: 1n, ...place }
    })
    await store.append(entries, { number: BigInt(from / 5_000 + 1), hash: `0x${'00'.repeat(32)}` })
  }
  const newest = { sequence: 1n, operations: leafCount, checkpoint: word, logHash: word, signed: word }
  const app = await makeProver('signed', { leaves: store.leaves, newestSigned: async () => newest })
  const bare = Fastify()
  const bytes = Buffer.alloc(leafCount * 32)
  bare.get('/v1/leaves', (request, reply) => {
    const from = 32 * Number(new URL(request.url, 'http://bare').searchParams.get('from'))
    reply.type('application/octet-stream').send(bytes.subarray(from, from + 32 * pageSize))
  })
  const read = (from: Pick<typeof bare, 'inject'>) => () =>
    timed(1, async () => {
      for (let at = 0; at < leafCount; at += pageSize) {
        const headers = { accept: 'application/octet-stream' }
        const { rawPayload } = await from.inject({ url: `/v1/leaves?from=${at}&limit=${pageSize}`, headers })
        if (rawPayload.length !== 32 * Math.min(pageSize, leafCount - at)) throw new Error('A page is too short.')
      }
    })
  const [ours = 0, theirs = 0] = await interleave(rounds, [read(app), read(bare)])
  await Promise.all([app.close(), bare.close()])
  await database.close()
  return [
    within('serve 100,000 leaves, PGlite', ours, 1_000),
    rowOf('serve 100,000 leaves, PGlite', ours, theirs, { beside: 'bare Fastify, from memory' }),
  ]
}

/** A prover of two chains that is started again on what it has kept, until it answers. */
async function benchRestart(): Promise<Row> {
  const [chain, second, data] = await Promise.all([startTestChain(), startChain({ chainId: 31_338 }), makeDataDir()])
  const config = { dataDir: data.dataDir, factRpcUrl: [{ chainId: 31_338n, url: second.rpcUrl }] }
  await (await startTestProver(chain, config)).close()
  const start = async () => {
    const before = performance.now()
    const prover = await startTestProver(chain, config)
    await fetch(`${prover.url}/v1/facts/log`)
    const took = performance.now() - before
    await prover.close()
    return took
  }
  const [took = 0] = await interleave(rounds, [start])
  await Promise.all([chain.close(), second.close(), data.remove()])
  return within('start a prover of two chains again', took, 2_000)
}

if (import.meta.main) console.log(formatRows(await benchFacts()))
