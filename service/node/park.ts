import { encodeV2Publish } from '@pennypost/sdk/codec'
import { evaluateRule, leavesOf, ruleAt } from '@pennypost/sdk/policy'
import { recipientOf, type TokenRequest } from './gates/index.ts'
import { takePlace } from './parking.ts'
import type { Refusal } from './refusal.ts'
import { need, parkedKey } from './state/node-state.ts'
import type { Parked } from './store/index.ts'
import { transact } from './transact.ts'

/** The most of one publish. */
const limits = { envelopeBytes: 8192, publishBytes: 16_384 }

/**
 * Keeps a refused first contact of a stock client, which never sends it again, until a lane is opened for its wallet; one
 * a wallet and recipient. Answers the refusal, saying so. A repeated attempt costs one look-up. Where
 * the floor is met by nothing, nothing is kept, and of one caller only so much a minute.
 */
export async function park(request: TokenRequest, refusal: Refusal): Promise<Refusal> {
  const parked = refusal.code === 'policy.refused' && canBeMet(request) ? parkable(request) : undefined
  if (!parked || !request.deps.parkings.take(parked.caller)) return refusal
  await keep(request, parked)
  return {
    ...refusal,
    message: `${refusal.message} Your message is kept for up to 7 days and delivered when a lane is opened.`,
  }
}

function canBeMet({ deps, now }: TokenRequest): boolean {
  const { floor } = deps.terms()
  return evaluateRule(ruleAt(floor, { now }), new Set(leavesOf(floor).map(({ index }) => index))).ok
}

/** A publish that is nothing but one first contact, and small. */
function parkable({ wallet, caller, now, sent }: TokenRequest): Parked | undefined {
  const recipients = new Set(
    sent.map(({ target }) => recipientOf(target.parsed, wallet)).filter((found) => found !== undefined),
  )
  const [recipient] = recipients
  const isFirstContact = sent.every(({ target }) => ['invite', 'intro', 'dm'].includes(target.parsed.kind))
  const isSmall = sent.every(({ envelope }) => envelope.message.length <= limits.envelopeBytes)
  const gated = sent.find(({ target }) => recipientOf(target.parsed, wallet) && target.parsed.kind !== 'dm') ?? sent[0]
  if (recipients.size !== 1 || !recipient || !isFirstContact || !isSmall || !gated) return undefined
  const publish = encodeV2Publish(sent.map(({ envelope }) => envelope))
  if (publish.length > limits.publishBytes) return undefined
  return { wallet, recipient, topic: gated.target.topic, publish, caller: caller(), parkedAt: now }
}

/** Keeps it; whoever has to give way for it is forgotten in the same transaction. */
async function keep({ deps }: TokenRequest, parked: Parked): Promise<void> {
  const known = await deps.store.parked(parked.wallet, parked.recipient)
  if (known && Buffer.compare(known.publish, parked.publish) === 0) return
  await transact(deps, {
    keys: [need(deps.state.parked, parkedKey)],
    decide(draft) {
      const { places, evicted } = takePlace(draft.require(deps.state.parked, parkedKey), parked)
      draft.set(deps.state.parked, parkedKey, places)
      return { also: { park: parked, unpark: evicted } }
    },
  })
}
