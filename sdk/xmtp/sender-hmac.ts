import { type Address, hkdfSha256, hmacSha256, utf8 } from '../crypto/index.ts'

const periodNs = 2_592_000n * 1_000_000_000n

/** What a sender's mark is made from. */
export type SenderMark = { keyMaterial: Uint8Array; sender: Address; createdNs: bigint }

/** Number of the 30-day period of a time in nanoseconds. */
export function hmacPeriod(timeNs: bigint): bigint {
  return timeNs / periodNs
}

/** The key under which a participant marks its messages during one period; a push server gets it to skip them. */
export function senderHmacKey({ keyMaterial, sender }: Omit<SenderMark, 'createdNs'>, period: bigint): Uint8Array {
  return hkdfSha256(keyMaterial, { info: utf8(`${period}-${sender}`) })
}

/** The mark of a message: HMAC over its header bytes (XMTP V2 `sender_hmac`). */
export function signSender(headerBytes: Uint8Array, mark: SenderMark): Uint8Array {
  return hmacSha256(senderHmacKey(mark, hmacPeriod(mark.createdNs)), headerBytes)
}

/** The keys of the period before, the current and the next one. */
export function senderHmacKeys(mark: SenderMark): { period: bigint; key: Uint8Array }[] {
  const current = hmacPeriod(mark.createdNs)
  return [current - 1n, current, current + 1n].map((period) => ({ period, key: senderHmacKey(mark, period) }))
}
