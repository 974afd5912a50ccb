import { type DepositInit, encodeDeposit, ownedTopic } from '../sdk/codec/index.ts'
import { ed25519PublicKey, randomBytes, toAddress, toBase64Url } from '../sdk/crypto/index.ts'
import { dealSecret, secretOf } from '../sdk/escrow/index.ts'
import { sealedKeyOf, sealLetter } from '../sdk/letters/index.ts'

// Runs in browsers, too: what the sender of a letter to an account without keys computes before anything leaves.

export const [threshold, trustees] = [3, 5]

/** Whoever reads them, for a measurement. */
export const reader = sealedKeyOf(randomBytes(32))
export const topic = ownedTopic('sealed', toAddress(new Uint8Array(20).fill(7)))

/** The deposits of one letter, each sealed to its trustee, and the letter itself. */
export function dealAndSeal(): Uint8Array[] {
  const { commitments, shares } = dealSecret(secretOf(randomBytes(32)), { threshold, trustees, random: randomBytes })
  const key = { topic, ...reader }
  const sealed = shares.map((share, i) =>
    sealLetter(
      { deposit: encodeDeposit(depositOf({ share, index: i + 1, commitments: [...commitments] })) },
      key,
      randomBytes,
    ),
  )
  return [...sealed, sealLetter({ message: randomBytes(1_000) }, key, randomBytes)]
}

const depositOf = (fields: Pick<DepositInit, 'share' | 'index' | 'commitments'>): DepositInit => ({
  letter: randomBytes(32),
  recipient: randomBytes(20),
  trustees,
  lane: { topic: `/xmtp/0/m-${toBase64Url(randomBytes(32))}/proto`, key: randomBytes(32), units: 1, expiresAt: 1n },
  key: randomBytes(32),
  depositor: ed25519PublicKey(randomBytes(32)),
  expiresAt: BigInt(Math.floor(Date.now() / 1000) + 86_400),
  ...fields,
})
