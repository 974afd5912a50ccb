import type { Hex } from '@pennypost/sdk/crypto'
import { type FactCondition, type FieldTest, readTests } from '@pennypost/sdk/policy'
import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem'
import { passesTests } from './attested-fields.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import type { Judged } from './judged.ts'

/** What the Ethereum Attestation Service and its registry of schemas are asked. */
const abi = parseAbi([
  'struct Attestation { bytes32 uid; bytes32 schema; uint64 time; uint64 expirationTime; uint64 revocationTime; bytes32 refUID; address recipient; address attester; bool revocable; bytes data; }',
  'function getAttestation(bytes32 uid) view returns (Attestation)',
  'struct Schema { bytes32 uid; address resolver; bool revocable; string schema; }',
  'function getSchemaRegistry() view returns (address)',
  'function getSchema(bytes32 uid) view returns (Schema)',
])

/** Nothing longer is decoded: 64 KiB, as hex. */
const longestAnswer = 2 * 65_536

type Attested = Extract<FactCondition, { kind: 'attested' }>
type Where = { readonly service: Hex; readonly uid: Hex }

/** Whether one attestation is what is asked for, by the state after a block. */
export async function judgeAttestation(judged: Judged<Attested>, { service, uid }: Where) {
  const { fact, subject, block } = judged
  const read = await readResult(judged, service, { functionName: 'getAttestation', args: [uid] })
  if (!read.ok) return read
  const { schema, attester, recipient, expirationTime, revocationTime, data, uid: own } = read.value as Attestation
  const isOther = own !== uid || schema !== fact.schema || attester.toLowerCase() !== fact.attester
  if (isOther || recipient !== subject) return refuse('fact.not-so', `${uid} is not attested by it to this account.`)
  if (revocationTime > 0n) return refuse('fact.not-so', `The attestation ${uid} was revoked.`)
  if (expirationTime > 0n && expirationTime <= BigInt(block.time))
    return refuse('fact.not-so', `The attestation ${uid} has expired.`)
  const tests = readTests(fact.where) ?? []
  return tests.length === 0 ? found(true as const) : await testData(judged, service, { data, uid, tests })
}

type Attestation = {
  readonly uid: Hex
  readonly schema: Hex
  readonly attester: Hex
  readonly recipient: Hex
  readonly expirationTime: bigint
  readonly revocationTime: bigint
  readonly data: Hex
}

type Tested = { readonly data: Hex; readonly uid: Hex; readonly tests: readonly FieldTest[] }

async function testData(
  judged: Judged<Attested>,
  service: Hex,
  { data, uid, tests }: Tested,
): Promise<Found<true> | FactRefusal> {
  const registry = await readResult(judged, service, { functionName: 'getSchemaRegistry' })
  if (!registry.ok) return registry
  const args = [judged.fact.schema as Hex] as const
  const record = await readResult(judged, registry.value as Hex, { functionName: 'getSchema', args })
  if (!record.ok) return record
  const passed = passesTests({ schema: (record.value as { schema: string }).schema, data }, tests)
  if (!passed.ok) return passed
  return passed.value ? found(true) : refuse('fact.not-so', `Of ${uid}, it is not so that ${judged.fact.where}.`)
}

type Asked =
  | { readonly functionName: 'getAttestation' | 'getSchema'; readonly args: readonly [Hex] }
  | { readonly functionName: 'getSchemaRegistry'; readonly args?: undefined }

/** What a contract answers, whatever contract it is. */
async function readResult(
  { chain, block }: Judged<Attested>,
  to: Hex,
  { functionName, args }: Asked,
): Promise<Found<unknown> | FactRefusal> {
  const answer = await chain.call(to, encodeFunctionData({ abi, functionName, args } as never), block)
  if (!answer.ok) return answer
  const unreadable = refuse('fact.attestation-unreadable', `${to} answers no attestation or schema.`)
  if (answer.value === 'refused' || answer.value.length > longestAnswer) return unreadable
  try {
    return found(decodeFunctionResult({ abi, functionName, data: answer.value }))
  } catch {
    return unreadable // whatever a contract that is none of the service's answers
  }
}
