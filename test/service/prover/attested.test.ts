import { encodeAbiParameters, type Hex, pad, parseAbi, parseAbiParameters, zeroAddress, zeroHash } from 'viem'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Address, checksumAddress } from '../../../sdk/crypto/index.ts'
import type { ChainFact } from '../../../sdk/policy/index.ts'
import { createEndpoints, type TimedBlock } from '../../../service/prover/chain/index.ts'
import { passesTests } from '../../../service/prover/facts/attested-fields.ts'
import { found, refuse } from '../../../service/prover/facts/fact-refusal.ts'
import { createFactChain, type FactChain } from '../../../service/prover/facts/index.ts'
import { judgeFact } from '../../../service/prover/facts/judge-fact.ts'
import { leftOff, type Scan } from '../../../service/prover/facts/scan.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { factOf } from '../../helpers/facts.ts'

const abi = parseAbi([
  'function register(string schema, address resolver, bool revocable) returns (bytes32)',
  'function getSchemaRegistry() view returns (address)',
  'function attest((bytes32 schema, (address recipient, uint64 expirationTime, bool revocable, bytes32 refUID, bytes data, uint256 value) data) request) payable returns (bytes32)',
  'function revoke((bytes32 schema, (bytes32 uid, uint256 value) data) request) payable',
])
const friend = `0x${'Ab'.repeat(20)}` as const
const tag = `0x${'5c'.repeat(32)}` as const
const schemaText = 'uint8 score, bool passed, string level, address friend, bytes32 tag, int256 delta, uint256[] many'
const fields = parseAbiParameters(schemaText)
const dataOf = (score = 40): Hex =>
  encodeAbiParameters(fields, [score, true, 'gold', friend.toLowerCase() as Hex, tag, -5n, [1n, 2n]])

const whole: Scan = { kept: undefined, leaveOff: async () => undefined }
/** Judges in one go, or in as many turns as there are steps. */
async function judge(
  about: { chain: FactChain; subject: Address; block: TimedBlock },
  condition: string,
  isLong = false,
) {
  const fact = factOf(condition) as ChainFact
  if (!isLong) return await judgeFact({ ...about, fact, scan: whole })
  let [kept, turns] = [undefined as string | undefined, 0]
  for (;;) {
    turns += 1
    const leaveOff: Scan['leaveOff'] = async (place) => {
      kept = place
      return leftOff
    }
    const judged = await judgeFact({ ...about, fact, scan: { kept, leaveOff } })
    if (judged !== 'left-off') return { judged, turns }
  }
}

describe('attestations of the service on a chain', () => {
  let chain: TestChain
  let reader: FactChain
  let block: TimedBlock
  let schema: Hex
  let attester: Hex
  /** What was attested to each, by name. */
  const accounts: Record<string, Address> = {}
  const blocks: Record<string, TimedBlock> = {}

  beforeAll(async () => {
    chain = await startTestChain()
    const wallet = chain.walletAt(9)
    attester = wallet.account.address
    const stop = new AbortController()
    const endpoints = createEndpoints({ rpcUrl: chain.rpcUrl, signal: stop.signal })
    reader = createFactChain({ chainId: 31_337n, endpoints, confirmations: 0, blockRange: 3n, signal: stop.signal })
    const eas = { address: chain.eas, abi } as const
    const registry = await chain.publicClient.readContract({ ...eas, functionName: 'getSchemaRegistry' })
    const register = async (text: string) => {
      const asked = { address: registry, abi, functionName: 'register', args: [text, zeroAddress, true] } as const
      const { result, request } = await chain.publicClient.simulateContract({ ...asked, account: wallet.account })
      await chain.publicClient.waitForTransactionReceipt({ hash: await wallet.writeContract(request) })
      return result
    }
    schema = await register(schemaText)
    const other = await register('uint8 score')
    const attest = async (name: string, { data = dataOf(), of = schema, by = wallet, expiresAt = 0n } = {}) => {
      accounts[name] ??= checksumAddress(`0x${(Object.keys(accounts).length + 1).toString(16).padStart(40, '0')}`)
      const what = {
        recipient: accounts[name],
        expirationTime: expiresAt,
        revocable: true,
        refUID: zeroHash,
        data,
        value: 0n,
      }
      const asked = { ...eas, functionName: 'attest', args: [{ schema: of, data: what }] } as const
      const { request } = await chain.publicClient.simulateContract({ ...asked, account: by.account })
      const receipt = await chain.publicClient.waitForTransactionReceipt({ hash: await by.writeContract(request) })
      blocks[name] = (await reader.head())!
      return receipt.logs[0]!.data // by the time of its block, which a simulation may not know
    }
    const revoke = async (uid: Hex) => {
      const hash = await wallet.writeContract({
        ...eas,
        functionName: 'revoke',
        args: [{ schema, data: { uid, value: 0n } }],
      })
      await chain.publicClient.waitForTransactionReceipt({ hash })
    }
    await attest('good')
    await attest('twice', { data: dataOf(60) })
    const { timestamp } = await chain.publicClient.getBlock()
    await attest('expired', { expiresAt: timestamp + 5n })
    await attest('lasting', { expiresAt: timestamp + 500n })
    await attest('garbage', { data: '0x1234' })
    await attest('empty', { data: '0x' })
    await attest('otherSchema', { of: other, data: pad('0x28') })
    await attest('otherAttester', { by: chain.walletAt(8) })
    await revoke(await attest('revoked'))
    await revoke(await attest('twice'))
    await attest('both', { expiresAt: (await chain.publicClient.getBlock()).timestamp + 9n })
    await revoke(await attest('both'))
    await chain.testClient.increaseTime({ seconds: 60 })
    await chain.testClient.mine({ blocks: 5 })
    block = (await reader.head())!
    return async () => {
      stop.abort()
      await chain.close()
    }
  })

  const about = (name: string, at = block) => ({ chain: reader, subject: accounts[name]!, block: at })
  const asked = (where = '') =>
    `attested eip155:31337:${chain.eas} schema ${schema} from ${attester}${where && ` where ${where}`}`
  const codeOf = (answer: Awaited<ReturnType<typeof judge>>) =>
    typeof answer === 'object' && 'ok' in answer ? (answer.ok ? 'so' : answer.code) : answer

  test.each([
    ['good', '', 'so'],
    ['twice', '', 'so'],
    ['twice', 'score >= 60', 'so'],
    ['lasting', '', 'so'],
    ['garbage', '', 'so'],
    ['expired', '', 'fact.not-so'],
    ['revoked', '', 'fact.not-so'],
    ['otherSchema', '', 'fact.not-so'],
    ['otherAttester', '', 'fact.not-so'],
    ['good', 'score >= 40 where score <= 40', 'so'],
    ['good', 'score >= 41', 'fact.not-so'],
    ['good', 'score <= 39', 'fact.not-so'],
    ['good', 'score = 40', 'so'],
    ['good', 'passed = true where level = gold where delta <= -5', 'so'],
    ['good', 'passed = false', 'fact.not-so'],
    ['good', 'level = gold where level = silver', 'fact.not-so'],
    ['good', `friend = ${friend}`, 'so'],
    ['good', `tag = ${tag}`, 'so'],
    ['good', 'delta >= -4', 'fact.not-so'],
    ['good', 'colour = red', 'fact.field-unknown'],
    ['good', 'many = 1', 'fact.field-unfit'],
    ['good', 'passed >= 1', 'fact.field-unfit'],
    ['garbage', 'score >= 1', 'fact.attestation-unreadable'],
    ['empty', 'score >= 1', 'fact.attestation-unreadable'],
  ])('of the one that is %s, “%s” is %s', async (name, where, code) => {
    expect(codeOf(await judge(about(name), asked(where)))).toBe(code)
  })

  test('it is so by the block that facts are judged by, whatever came later', async () => {
    const at = (name: string) => judge(about(name, blocks[name]), asked()).then(codeOf)
    expect(await at('revoked')).toBe('so')
    expect(await at('expired')).toBe('so')
    expect(codeOf(await judge(about('revoked', blocks.good!), asked()))).toBe('fact.not-so')
  })

  test('says what was wrong with the newest, and looks for a contract first', async () => {
    expect(await judge(about('revoked'), asked())).toMatchObject({ message: expect.stringContaining('was revoked') })
    expect(await judge(about('both'), asked())).toMatchObject({ message: expect.stringContaining('was revoked') })
    expect(await judge(about('expired'), asked())).toMatchObject({ message: expect.stringContaining('has expired') })
    const nowhere = asked()
      .replace(chain.eas.toLowerCase(), `0x${'77'.repeat(20)}`)
      .replace(chain.eas, `0x${'77'.repeat(20)}`)
    expect(codeOf(await judge(about('good'), nowhere))).toBe('fact.contract-missing')
  })

  test('a look that is left off after each range comes to the same', async () => {
    const { judged, turns } = (await judge(about('good'), asked(), true)) as { judged: object; turns: number }
    expect(judged).toEqual({ ok: true, value: true })
    expect(turns).toBeGreaterThan(3)
    const { judged: revoked } = (await judge(about('revoked'), asked(), true)) as { judged: object }
    expect(revoked).toMatchObject({ code: 'fact.not-so', message: expect.stringContaining('was revoked') })
  })
})

describe('what a contract may answer instead', () => {
  const uid = pad('0x07')
  const service = `0x${'ea'.repeat(20)}`
  const subject: Address = `0x${'00'.repeat(19)}01`
  const condition = `attested eip155:1:${service} schema ${pad('0x05')} from ${service}`
  const block = { number: 900n, hash: zeroHash, time: 1_000 }
  const attestation = (changes: Record<string, unknown> = {}) =>
    encodeAbiParameters(
      parseAbiParameters([
        'Attestation x',
        'struct Attestation { bytes32 uid; bytes32 schema; uint64 time; uint64 expirationTime; uint64 revocationTime; bytes32 refUID; address recipient; address attester; bool revocable; bytes data; }',
      ]),
      [
        {
          ...{ uid, schema: pad('0x05'), time: 1n, expirationTime: 0n, revocationTime: 0n, refUID: zeroHash },
          ...{ recipient: subject, attester: service as Hex, revocable: true, data: '0x' as Hex, ...changes },
        },
      ],
    )
  /** A chain where each 100 blocks have as many events, and the service answers the same of each. */
  function chainOf(answer: Hex | 'refused', { events = 1, first = 0n } = {}) {
    const seen = { calls: 0, ranges: 0 }
    const chain = {
      ancestor: async (number: bigint) => ({ ...block, number }),
      code: async (_: unknown, { number }: TimedBlock) => found(number < first ? '0x' : '0x01'),
      call: async () => {
        seen.calls += 1
        return found(answer)
      },
      logs: async (_: unknown, to: bigint) => {
        seen.ranges += 1
        return { data: Array(events).fill(uid), from: to >= 100n ? to - 99n : 0n }
      },
    } as unknown as FactChain
    return { chain, seen, judge: () => judge({ chain, subject, block }, condition) }
  }

  test.each<[string, Hex | 'refused', string | undefined]>([
    ['what it should', attestation(), undefined],
    ['nothing', '0x', 'fact.attestation-unreadable'],
    ['noise', `0x${'ff'.repeat(640)}`, 'fact.attestation-unreadable'],
    ['more than anybody reads', `0x${'00'.repeat(65_536)}`, 'fact.attestation-unreadable'],
    ['an error', 'refused', 'fact.attestation-unreadable'],
    ['another attestation', attestation({ uid: pad('0x08') }), 'fact.not-so'],
    ["another's", attestation({ recipient: service }), 'fact.not-so'],
    ['of another schema', attestation({ schema: pad('0x06') }), 'fact.not-so'],
    ['by another', attestation({ attester: subject }), 'fact.not-so'],
    ['one that ends with the block', attestation({ expirationTime: 1_000n }), 'fact.not-so'],
    ['one that ends a second later', attestation({ expirationTime: 1_001n }), undefined],
  ])('%s', async (_, answer, code) => {
    const judged = await chainOf(answer).judge()
    expect(judged).toMatchObject(code === undefined ? { ok: true } : { ok: false, code })
  })

  test('of one attester and account 256 attestations are looked at, and all blocks', async () => {
    const [many, few] = [
      chainOf(attestation({ revocationTime: 5n }), { events: 50 }),
      chainOf(attestation({ revocationTime: 5n }), { events: 0 }),
    ]
    expect(await many.judge()).toMatchObject({ code: 'fact.not-so' })
    expect(many.seen).toEqual({ calls: 256, ranges: 6 })
    expect(await few.judge()).toMatchObject({
      code: 'fact.not-so',
      message: expect.stringContaining('nothing of the kind'),
    })
    expect(few.seen).toEqual({ calls: 0, ranges: 10 })
  })

  test.each([
    [0n, 10],
    [1n, 9],
    [100n, 9],
    [101n, 8],
    [899n, 1],
    [900n, 1],
  ])('of a service that was made in block %s, blocks before that are not looked at', async (first, ranges) => {
    const { seen, judge: look } = chainOf('refused', { events: 0, first })
    expect(await look()).toMatchObject({ code: 'fact.not-so' })
    expect(seen.ranges).toBe(ranges)
  })

  test('events of other attesters, schemas and accounts are not asked for: anybody could fill the room with them', async () => {
    const { chain } = chainOf(attestation())
    const attester: Hex = `0x${'a7'.repeat(20)}`
    const asked: unknown[] = []
    const logs: FactChain['logs'] = async (filter) => {
      asked.push(filter)
      return { data: [], from: 0n }
    }
    await judge({ chain: { ...chain, logs }, subject, block }, condition.replace(/from .*/, `from ${attester}`))
    const attested = '0x8bf46bf4cfd674fa735a3d63ec1c9ad4153f033c290341f3a588b75685141b35'
    const topics = [attested, pad(subject as Hex), pad(attester), pad('0x05')]
    expect(asked).toEqual([{ address: service, topics }])
  })

  test('where endpoints have not the states to find that, all blocks are', async () => {
    const { chain, seen } = chainOf('refused', { events: 0, first: 500n })
    const gone = refuse('fact.block-unavailable', 'gone')
    const code = async (of: Hex, at: TimedBlock) => (at.number < 900n ? gone : chain.code(of, at))
    expect(await judge({ chain: { ...chain, code }, subject, block }, condition)).toMatchObject({ code: 'fact.not-so' })
    expect(seen.ranges).toBe(10)
  })
})

test.each([
  ['', 'fact.schema-unreadable'],
  ['uint8', 'fact.schema-unreadable'],
  ['(uint8 a) score', 'fact.schema-unreadable'],
  ['uint8[0][999][999] none, uint8 score', 'fact.schema-unreadable'],
  ['uint8 score,', 'fact.schema-unreadable'],
  [Array.from({ length: 65 }, (_, i) => `uint8 f${i}`).join(), 'fact.schema-unreadable'],
  ['uint8 score, uint8 score', 'fact.field-unknown'],
  ['string score', 'fact.field-unfit'],
  ['uint8 score', true],
  ['  uint8   score  ', true],
  ['uint256 score', true],
])('a field of the schema “%.40s” is %s', (schema, expected) => {
  const data = encodeAbiParameters(parseAbiParameters('uint256, uint256'), [7n, 7n])
  const words: Hex = schema.startsWith('string') ? encodeAbiParameters([{ type: 'string' }], ['7']) : data
  const judged = passesTests({ schema, data: words }, [{ field: 'score', operator: '>=', value: '7' }])
  expect(judged.ok ? judged.value : judged.code).toBe(expected)
})

describe('data that says much by pointing at the same again and again is not followed', () => {
  const word = (value: number) => value.toString(16).padStart(64, '0')
  const [count, length] = [60, 40_000]
  const bytes = word(length) + '61'.repeat(length)
  const array = word(100) + word(3_200).repeat(100) + bytes

  test.each([
    ['bytes', bytes],
    ['bytes[]', array],
    ['string[]', array],
    ['bytes[100]', array.slice(64)],
    ['string[100]', array.slice(64)],
    ['uint8[]', word(1_000) + word(1).repeat(1_000)],
  ])('by fields of the type %s, and what stands beside is read', (type, pointed) => {
    const schema = ['uint8 score', ...Array.from({ length: count }, (_, i) => `${type} f${i}`), 'string level'].join()
    const at = 32 * (count + 2)
    const end = at + pointed.length / 2
    const data: Hex = `0x${word(7)}${word(at).repeat(count)}${word(end)}${pointed}${word(4)}${'676f6c64'.padEnd(64, '0')}`
    const judge = (field: string, value: string) => passesTests({ schema, data }, [{ field, operator: '=', value }])
    expect([judge('score', '7'), judge('level', 'gold'), judge('score', '8')]).toEqual(
      [true, true, false].map((value) => ({ ok: true, value })),
    )
    expect(judge('f0', '61')).toMatchObject({ code: 'fact.field-unfit' })
  })

  test('nor where it is of fields that tests look at', () => {
    const schema = Array.from({ length: count }, (_, i) => `string f${i}`).join()
    const data: Hex = `0x${word(count * 32).repeat(count)}${bytes}`
    expect(passesTests({ schema, data }, [{ field: 'f0', operator: '=', value: 'a' }])).toMatchObject({
      code: 'fact.attestation-unreadable',
    })
  })
})
