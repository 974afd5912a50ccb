import type { BabyJubjubKey } from '../crypto/baby-jubjub.ts'
import type { FactCondition } from '../policy/index.ts'
import { factExpiryOf } from './fact-class.ts'

/** The forms in which an issuer signs a claim, by the numbers that evidence has for them. */
export const claimForms = { eas: 1, vc: 2 } as const

/** An off-chain attestation of EAS, or a W3C credential. */
export type ClaimForm = keyof typeof claimForms

/** All that a claim says, whatever its form: an account, a fact, an epoch, and by whose word. */
export type ClaimContent = {
  readonly networkId: Uint8Array
  /** Of the network: the chain that attestations of EAS name, and accounts that a fact without a chain is about. */
  readonly chainId: bigint
  readonly issuer: BabyJubjubKey
  /** Of secp256k1, 64 bytes: what signs the issuer's claims in this epoch. */
  readonly key: Uint8Array
  /** The contract of EAS, 20 bytes. */
  readonly eas: Uint8Array
  readonly fact: FactCondition
  readonly epoch: number
  /** 20 bytes. */
  readonly subject: Uint8Array
  /** By which the fact was judged; its hash has 32 bytes. */
  readonly block: { readonly number: bigint; readonly hash: Uint8Array }
  /** 32 bytes. */
  readonly salt: Uint8Array
}

/** A claim holds from the beginning of its epoch to its end, in unix seconds: when it was signed tells nobody anything. */
export const claimLifeOf = (epoch: number): { readonly from: number; readonly until: number } => ({
  from: factExpiryOf(epoch - 1),
  until: factExpiryOf(epoch),
})
