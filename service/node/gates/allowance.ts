import type { Topic } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import { unitsOf } from '@pennypost/sdk/verifier'
import { type Refusal, refuse } from '../refusal.ts'
import { need, type StateKey, tallyKey } from '../state/node-state.ts'
import type { ResolvedTopic } from './resolve-topic.ts'
import type { TokenEnvelope, TokenGate, TokenRequest } from './token-publish.ts'

const day = 86_400

/** Units that an account writes to one of its topics in all; an honest client comes nowhere near. */
const mostHeld = {
  contact: 1024,
  privatestore: 1024,
  policy: 16_384,
  blocks: 65_536,
  sharedlist: 16_384,
  userpreferences: 65_536,
  invite: 262_144,
  intro: 262_144,
  groupInvite: 262_144,
  log: 1_048_576,
} as const satisfies Partial<Record<Topic['kind'], number>>

type OwnKind = keyof typeof mostHeld
type Request = Omit<TokenRequest, 'sent'>

/** What is asked for without any evidence: who counts it, how much there is, and what to say when it is used up. */
type Share = { readonly key: string; readonly most: number; readonly message: string }

/** The state that the allowances of a topic read. */
export function allowanceState(request: Request, target: ResolvedTopic): StateKey[] {
  const { tallies } = request.deps.state
  const shares = isOwn(target.parsed, request.wallet) ? ownShares(request, target) : openShares(request)
  return shares.map(({ key }) => need(tallies, key))
}

/** Takes an envelope from what a wallet, and the address it comes from, publish without evidence where others read. */
export const takeAllowance = (gate: TokenGate, sent: TokenEnvelope): Refusal | undefined =>
  take(gate, sent, openShares(gate))

/** The same on a topic of its own, which holds only so much besides. */
export const takeOwn = (gate: TokenGate, sent: TokenEnvelope): Refusal | undefined =>
  take(gate, sent, ownShares(gate, sent.target))

function take({ deps, draft }: TokenGate, { envelope }: TokenEnvelope, shares: readonly Share[]): Refusal | undefined {
  const units = unitsOf(envelope.message)
  for (const { key, most, message } of shares) {
    const count = draft.require(deps.state.tallies, key) + units
    if (count > most) return refuse('allowance.used-up', message)
    draft.set(deps.state.tallies, key, count)
  }
  return undefined
}

function openShares(request: Request): Share[] {
  const most = request.deps.limits.unitsPerDay()
  return dailyShares(request, { kind: 'units', most, what: 'publishes %d units a day without a lane' })
}

function ownShares(request: Request, { parsed, stateKey }: ResolvedTopic): Share[] {
  const most = request.deps.limits.ownUnitsPerDay()
  const daily = dailyShares(request, { kind: 'own', most, what: 'writes %d units a day to its own topics' })
  if (daily.length === 0 || !isOwnKind(parsed.kind)) return daily
  const held = mostHeld[parsed.kind]
  const key = tallyKey({ kind: 'held', who: stateKey, day: 0 })
  return [...daily, { key, most: held, message: `An account writes ${held} units to this topic, and no more.` }]
}

type Daily = { readonly kind: 'units' | 'own'; readonly most: number; readonly what: string }

/** None where nothing is bounded: then nothing is counted either. */
function dailyShares({ deps, wallet, caller, now }: Request, { kind, most, what }: Daily): Share[] {
  if (most === Infinity) return []
  const { walletsPerAddress } = deps.limits
  const key = (who: string) => tallyKey({ kind, who, day: Math.floor(now / day) })
  const message = (who: string, units: number) => `${who} ${what.replace('%d', String(units))}.`
  const shares = [{ key: key(wallet), most, message: message('A wallet', most) }]
  if (walletsPerAddress === Infinity) return shares
  const ofAddress = most * walletsPerAddress
  return [...shares, { key: key(caller()), most: ofAddress, message: message('A network address', ofAddress) }]
}

const isOwnKind = (kind: Topic['kind']): kind is OwnKind => Object.hasOwn(mostHeld, kind)

const isOwn = (topic: Topic, wallet: Address): boolean =>
  isOwnKind(topic.kind) && (!('owner' in topic) || topic.owner === wallet)
