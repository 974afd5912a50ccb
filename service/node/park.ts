import { encodeV2Publish } from '@pennypost/sdk/codec'
import { recipientOf, type TokenRequest } from './gates/index.ts'
import type { Refusal } from './refusal.ts'
import type { Parked } from './store/index.ts'

/** Bounds of what is parked. */
const limits = { envelopeBytes: 8192, publishBytes: 16_384, bytes: 64 * 1024 * 1024, ofWallet: 100, forRecipient: 1000 }

/**
 * Keeps a refused first contact of a stock client, which never sends it again, until a lane is opened for its wallet; one
 * a wallet and recipient. Answers the refusal, saying so. A repeated attempt costs one look-up.
 */
export async function park(request: TokenRequest, refusal: Refusal): Promise<Refusal> {
  const parked = refusal.code === 'policy.refused' ? parkable(request) : undefined
  if (!parked || !(await keep(request, parked))) return refusal
  return {
    ...refusal,
    message: `${refusal.message} Your message is kept for 7 days and delivered when a lane is opened.`,
  }
}

/** A publish that is nothing but one first contact, and small. */
function parkable({ wallet, now, sent }: TokenRequest): Parked | undefined {
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
  return { wallet, recipient, topic: gated.target.topic, publish, parkedAt: now }
}

/** Whether it is kept now. */
async function keep({ deps }: TokenRequest, parked: Parked): Promise<boolean> {
  const known = await deps.store.parked(parked.wallet, parked.recipient)
  if (known && Buffer.compare(known.publish, parked.publish) === 0) return true
  const load = await deps.store.parkedLoad(parked.wallet, parked.recipient)
  const isNew = known ? 0 : 1
  const hasRoom =
    load.bytes + parked.publish.length <= limits.bytes &&
    load.ofWallet + isNew <= limits.ofWallet &&
    load.forRecipient + isNew <= limits.forRecipient
  if (hasRoom) await deps.store.write({ park: parked })
  return hasRoom
}
