import type { ConsentProof } from '../codec/index.ts'
import { type Address, parseWalletSignature, recoverPersonalSigner } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { signWith, toWallet, type WalletLike } from '../identity/index.ts'

const maxAgeMs = 30 * 24 * 60 * 60 * 1000
const maxDateMs = 8_640_000_000_000_000

/** What a wallet signs to hear from a sender (XMTP V2); the time in milliseconds. */
export function consentText(sender: Address, timestampMs: number): string {
  return [
    'XMTP : Grant inbox consent to sender',
    '',
    `Current Time: ${new Date(timestampMs).toUTCString()}`,
    `From Address: ${sender}`,
    '',
    'For more info: https://xmtp.org/signatures/',
  ].join('\n')
}

/** A wallet's consent to hear from a sender, which the sender puts into its invitation. */
export async function signConsentProof(
  wallet: WalletLike,
  sender: Address,
  timestampMs: number,
): Promise<ConsentProof> {
  const signature = await signWith(toWallet(wallet), consentText(sender, timestampMs))
  return { signature, timestamp: BigInt(timestampMs), payloadVersion: 1 }
}

/** The two accounts, and the time in unix seconds. */
export type ConsentProofContext = { sender: Address; recipient: Address; now: number }

/**
 * Whether a proof counts: signed by the recipient's wallet for this sender, not in the future, at most 30 days old. Ask
 * only where the consent is unknown; what the recipient said later goes first.
 */
export function verifyConsentProof(proof: ConsentProof, { sender, recipient, now }: ConsentProofContext): boolean {
  const timestampMs = Number(proof.timestamp)
  const ageMs = now * 1000 - timestampMs
  if (proof.timestamp > maxDateMs || timestampMs === 0 || ageMs < 0 || ageMs > maxAgeMs) return false
  try {
    return recoverPersonalSigner(consentText(sender, timestampMs), parseWalletSignature(proof.signature)) === recipient
  } catch (cause) {
    if (cause instanceof BaseError) return false
    throw cause
  }
}
