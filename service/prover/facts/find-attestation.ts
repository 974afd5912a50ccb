import type { Hex } from '@pennypost/sdk/crypto'
import { type FactCondition, mostAttestations, readContract } from '@pennypost/sdk/policy'
import { toEventSelector } from 'viem'
import { type FactRefusal, type Found, refuse } from './fact-refusal.ts'
import { judgeAttestation } from './judge-attestation.ts'
import type { Judged } from './judged.ts'
import type { LeftOff } from './scan.ts'

type Attested = Extract<FactCondition, { kind: 'attested' }>

/**
 * Where the look stands: from the service's first block up to which one nothing was looked at, how many were found, and what was
 * wrong with the newest.
 */
type Place = {
  readonly first: bigint
  readonly to: bigint
  readonly seen: number
  readonly why: FactRefusal | undefined
}

const selector = toEventSelector('Attested(address,address,bytes32,bytes32)')

/**
 * Whether an attester has attested something to an account, and it is so after a block. The service's events say where to look, the
 * newest first; what each attestation is, the state after the block says, so that an endpoint which makes up an event gains nothing.
 */
export async function findAttestation(judged: Judged<Attested>): Promise<Found<true> | FactRefusal | LeftOff> {
  const { fact, chain, block, scan, signal } = judged
  const service = (readContract(fact.service)?.address ?? '0x') as Hex
  const code = await chain.code(service, block)
  if (!code.ok) return code
  if (code.value === '0x') return refuse('fact.contract-missing', `There was no contract at ${service} then.`)
  let place = scan.kept === undefined ? await beginAt(judged, service) : readPlace(scan.kept)
  for (;;) {
    signal?.throwIfAborted()
    const step = await lookBelow(judged, service, place)
    if ('ok' in step) return step
    place = step
    const stop = await scan.leaveOff(writePlace(place))
    if (stop) return stop
  }
}

/**
 * Before its service was there, nothing was attested: its first block is found by halving, in as many requests as the height has
 * binary digits, twice. Where endpoints have not states so old, all blocks are looked at.
 */
async function beginAt({ chain, block }: Judged, service: Hex): Promise<Place> {
  let [low, first] = [-1n, block.number]
  while (first - low > 1n) {
    const middle = (low + first) / 2n
    const at = await chain.ancestor(middle, block)
    const code = at && (await chain.code(service, at))
    if (!code?.ok) {
      first = 0n
      break
    }
    if (code.value === '0x') low = middle
    else first = middle
  }
  return { first, to: block.number, seen: 0, why: undefined }
}

/** Looks at the newest range of blocks; answers what is next. */
async function lookBelow(
  judged: Judged<Attested>,
  service: Hex,
  { first, to, seen, why }: Place,
): Promise<Found<true> | FactRefusal | Place> {
  const { fact, chain, subject, block, onProgress } = judged
  const topics = [selector, wordOf(subject), wordOf(fact.attester), fact.schema as Hex]
  const { data, from } = await chain.logs({ address: service, topics }, to)
  const uids = data.filter((one) => /^0x[0-9a-f]{64}$/i.test(one)).reverse()
  const looked = await judgeEach(judged, { service, uids: uids.slice(0, mostAttestations - seen) }, why)
  if (looked?.ok || looked?.code === 'fact.block-unavailable') return looked
  const of = Number(block.number - first + 1n)
  onProgress?.({ done: Math.min(Number(block.number - from + 1n), of), of })
  if (from > first && seen + uids.length < mostAttestations)
    return { first, to: from - 1n, seen: seen + uids.length, why: looked }
  return (
    looked ?? refuse('fact.not-so', `Until block ${block.number}, ${fact.attester} has attested nothing of the kind.`)
  )
}

/** The first that is so, or what was wrong with the newest. */
async function judgeEach(
  judged: Judged<Attested>,
  { service, uids }: { readonly service: Hex; readonly uids: readonly Hex[] },
  why: FactRefusal | undefined,
): Promise<Found<true> | FactRefusal | undefined> {
  let reason = why
  for (const uid of uids) {
    const one = await judgeAttestation(judged, { service, uid })
    if (one.ok || one.code === 'fact.block-unavailable') return one
    reason ??= one
  }
  return reason
}

const wordOf = (account: string): Hex => `0x${account.slice(2).toLowerCase().padStart(64, '0')}`

const writePlace = ({ first, to, ...rest }: Place): string =>
  JSON.stringify({ first: String(first), to: String(to), ...rest })

function readPlace(text: string): Place {
  const { first, to, seen, why } = JSON.parse(text)
  return { first: BigInt(first), to: BigInt(to), seen, why }
}
