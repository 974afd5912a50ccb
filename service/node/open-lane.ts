import {
  conditionToMessage,
  encodeGrant,
  encodeLaneEvidence,
  encodeSignedGrant,
  grantStatement,
  type LaneRequest,
  placeToMessage,
} from '@pennypost/sdk/codec'
import { fromBytes, poseidon, signEd25519, toBytes32, toHex, walletOf, xOf } from '@pennypost/sdk/crypto'
import {
  checkConnection,
  decideLane,
  digestEvidence,
  factVerifiers,
  LANE_LIMITS,
  nullifiersOf,
  type OpenedLane,
  type UsedShare,
  useOfRequest,
} from '@pennypost/sdk/verifier'
import { countedState, countLane } from './count-lane.ts'
import type { NodeDeps } from './deps.ts'
import { type Filing, findParked } from './file-parked.ts'
import { checkFormerHomes } from './former-homes.ts'
import { type ResolvedTopic, resolveTopic } from './gates/index.ts'
import { checkHome } from './homes.ts'
import { keptNullifier } from './kept-nullifier.ts'
import { termsOf, termsState } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'
import { type LaneOpened, repeatGrant } from './repeat-grant.ts'
import type { Draft } from './state/draft.ts'
import { laneKey, withState } from './state/node-state.ts'
import type { LaneRecord } from './store/index.ts'
import { type Decided, transact } from './transact.ts'
import { holdPlace } from './unattended.ts'

/**
 * Opens the lane that a request asks for. The same request gets the same grant, as long as its lane is kept. Lane,
 * nullifiers, grant and a parked invitation that waited for it are written in one transaction.
 */
export async function openLane(deps: NodeDeps, request: LaneRequest): Promise<LaneOpened | Refusal> {
  const target = resolveTopic(request.topic)
  if (request.holder.length !== 32) return refuse('lane.malformed', 'A lane has a holder of 32 bytes.')
  if (request.evidence.length > LANE_LIMITS.evidence)
    return refuse('evidence.malformed', 'Too many pieces of evidence.') // before the store is asked for each of them
  const use = useOfRequest(deps.network.id, request)
  const known = await deps.store.grant(use)
  if (known) return repeatGrant(deps, request, known)

  const nullifiers = nullifiersOf(request)
  const homeSubjects = await subjectsOf(deps, request, use)
  const elsewhere = checkHome(deps, homeSubjects)
  if (elsewhere) return elsewhere
  const keys = [use, ...nullifiers].map(toHex)
  return deps.state.lock([...new Set(keys)], () => open(deps, { request, target, use, nullifiers, homeSubjects }))
}

/** What must have its home here: the nullifiers; without any the use, or that of the lane which is renewed, if it is not here. */
async function subjectsOf({ store }: NodeDeps, request: LaneRequest, use: Uint8Array): Promise<Uint8Array[]> {
  const { renewal } = request
  const nullifiers = nullifiersOf(request)
  if (nullifiers.length > 0) return nullifiers
  const isRenewedHere = renewal !== undefined && (await store.grant(renewal.use)) !== undefined
  return isRenewedHere ? [] : [renewal?.use ?? use]
}

type Opening = {
  readonly request: LaneRequest
  readonly target: ResolvedTopic
  readonly use: Uint8Array
  readonly nullifiers: readonly Uint8Array[]
  readonly homeSubjects: readonly Uint8Array[]
}

/** Runs alone for its use and its nullifiers. */
async function open(deps: NodeDeps, opening: Opening): Promise<LaneOpened | Refusal> {
  const { request, target, use, nullifiers } = opening
  const known = await deps.store.grant(use)
  if (known) return repeatGrant(deps, request, known)

  const used = await usedShares(deps, nullifiers)
  const isLeaked = nullifiers.length > 0 ? await deps.leaks.atNow() : () => false
  const terms = await withState(termsState(deps, request, target), () => termsOf(deps, request, target))
  if ('code' in terms) return terms
  const opened = await decideLane(request, {
    networkId: deps.network.id,
    policy: terms.policy,
    checkpoint: deps.checkpoint(),
    now: Math.floor(deps.clock()),
    usedShare: (nullifier) => used.get(nullifier),
    isLeaked,
    facts: factVerifiers,
    checkConnection,
    poseidon,
    groth16: deps.groth16,
  })
  if (opened.ok) return (await checkFormerHomes(deps, opened)) ?? keep(deps, opening, opened)
  const { cheat, ...refusal } = opened
  if (cheat) await deps.leaks.report(cheat)
  return refusal
}

/** What nullifiers that were used have shown, by nullifier. */
async function usedShares({ store }: NodeDeps, nullifiers: readonly Uint8Array[]): Promise<Map<bigint, UsedShare>> {
  const used = nullifiers.length > 0 ? await store.usedNullifiers(nullifiers) : []
  return new Map(used.map(({ nullifier, use, y }) => [fromBytes(nullifier), { x: xOf(use), y: y && fromBytes(y) }]))
}

/** Decides again on what may have changed while the proof was verified, and writes. */
async function keep(deps: NodeDeps, opening: Opening, opened: OpenedLane): Promise<LaneOpened | Refusal> {
  const { request, target } = opening
  const now = Math.floor(deps.clock())
  const filing = await findParked(deps, { wallet: walletOf(request.holder), target, now })
  let grant: Uint8Array = new Uint8Array()
  const result = await transact(deps, {
    keys: [
      ...termsState(deps, request, target),
      ...countedState(deps, { request, target, opened, now }),
      ...(filing?.keys ?? []),
    ],
    decide(draft) {
      const decided = decide(deps, { opening, opened, filing, draft, now })
      if ('also' in decided) grant = decided.also?.newLane?.grant ?? grant
      return decided
    },
  })
  return result.ok ? { ok: true, grant, isNew: true } : result
}

type Keeping = {
  readonly opening: Opening
  readonly opened: OpenedLane
  /** What waited for the lane. */
  readonly filing: Filing | undefined
  readonly draft: Draft
  readonly now: number
}

function decide(deps: NodeDeps, keeping: Keeping): Decided | Refusal {
  const { opened, filing, draft } = keeping
  const refusal = checkAgain(deps, keeping)
  if (refusal) return refusal
  const lane = newLane(opened)
  draft.set(deps.state.lanes, laneKey(lane.use), lane)
  holdPlace(deps, keeping.opening.target, { draft, lane })
  const filed = filing?.file(draft, laneKey(lane.use))
  const kept = { checkpoint: deps.checkpoint(), expiresAt: lane.expiresAt, now: keeping.now }
  const nullifiers = opened.nullifiers.map((used) => keptNullifier(used, kept))
  const grant = signGrant(deps, opened, { now: keeping.now, filed: filed?.envelopes?.length ?? 0 })
  const shown = digestEvidence(keeping.opening.request)
  return { envelopes: filed?.envelopes, also: { ...filed?.also, newLane: { lane, grant, shown, nullifiers } } }
}

function checkAgain(deps: NodeDeps, keeping: Keeping): Refusal | undefined {
  const { request, target } = keeping.opening
  const elsewhere = checkHome(deps, keeping.opening.homeSubjects) // another set of nodes may hold meanwhile
  if (elsewhere) return elsewhere
  const terms = termsOf(deps, request, target)
  if ('code' in terms) return terms
  if (terms.claims) {
    const state = keeping.draft.require(deps.state.topics, target.stateKey)
    keeping.draft.set(deps.state.topics, target.stateKey, { ...state, claimed: true })
  }
  return countLane(deps, { request, target, opened: keeping.opened, now: keeping.now }, keeping.draft)
}

const newLane = ({ lane, tag, payers, connections, ...opened }: OpenedLane): LaneRecord => ({
  ...lane,
  usedUnits: 0,
  usedEnvelopes: 0,
  counter: 0,
  tag: tag === undefined ? undefined : toBytes32(tag),
  payers,
  evidence: evidenceOf(lane, opened),
  connections,
})

/** What the recipient gets to know of it; undefined where nothing was shown. */
function evidenceOf(
  { holder, units, expiresAt }: OpenedLane['lane'],
  { payments, met }: Pick<OpenedLane, 'payments' | 'met'>,
): Uint8Array | undefined {
  if (payments.length + met.length === 0) return undefined
  const conditions = met.map(({ condition, evidence, classNumber = 0, issuers }) => {
    return { condition: conditionToMessage(condition), evidence, classNumber, issuers: [...issuers] }
  })
  const lane = { holder, units, expiresAt: BigInt(expiresAt) }
  return encodeLaneEvidence({ ...lane, payments: payments.map(placeToMessage), met: conditions })
}

function signGrant(
  { key }: NodeDeps,
  { lane, nullifiers, checkpointSequence }: OpenedLane,
  { now, filed }: { readonly now: number; readonly filed: number },
): Uint8Array {
  const grant = encodeGrant({
    use: lane.use,
    nullifiers: nullifiers.map(({ nullifier }) => toBytes32(nullifier)),
    units: lane.units,
    checkpointSequence,
    acceptedAt: BigInt(now),
    expiresAt: BigInt(lane.expiresAt),
    filed,
  })
  return encodeSignedGrant({ grant, node: key.publicKey, signature: signEd25519(grantStatement(grant), key.seed) })
}
