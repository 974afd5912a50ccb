import { type ContractFunctionArgs, type Hex, toHex as toPrefixed } from 'viem'
import type { PaymentPlace } from '../codec/index.ts'
import { addressToBytes, fromHex, type PaymentTerms, paymentIdOf, toAddress } from '../crypto/index.ts'
import type { paymentsAbi } from '../generated/abis.ts'

/** What the recipient says of a letter. It decides the bond: back to the sender, or burned. */
export type Verdict = 'fine' | 'spam'

/** One recipient's part in a payment, opened for the contract. */
export type PaymentOpening = PaymentPlace & {
  /** 20 bytes. */
  readonly recipient: Uint8Array
  /** The lane that was paid for, 32 bytes. */
  readonly use: Uint8Array
}

type SettleArgs = ContractFunctionArgs<typeof paymentsAbi, 'nonpayable', 'settle'>

/** A payment's terms as the contract takes them. */
export type ContractTerms = SettleArgs[0]
export type ContractOpening = SettleArgs[1]

export function toContractTerms({ sender, count, deliverBy, root, base, bond, tip }: PaymentTerms): ContractTerms {
  return {
    sender: toAddress(sender),
    count,
    deliverBy: Number(deliverBy),
    root: toPrefixed(root),
    rate: { base, bond, tip },
  }
}

export function fromContractTerms({ sender, count, deliverBy, root, rate }: ContractTerms): PaymentTerms {
  return {
    sender: addressToBytes(sender),
    count,
    deliverBy: BigInt(deliverBy),
    root: fromHex(root.slice(2)),
    base: rate.base,
    bond: rate.bond,
    tip: rate.tip,
  }
}

/** An opening with its verdict; without a signature it counts only from the recipient itself. */
export function toContractOpening(
  { index, recipient, use, salt, siblings }: PaymentOpening,
  { verdict, signature = '0x' }: { verdict: Verdict; signature?: Hex | undefined },
): ContractOpening {
  return {
    index: BigInt(index),
    recipient: toAddress(recipient),
    use: toPrefixed(use),
    salt: toPrefixed(salt),
    siblings: siblings.map((sibling) => toPrefixed(sibling)),
    verdict: verdict === 'fine' ? 0 : 1,
    signature,
  }
}

/** A payment's identifier as the contract takes it. */
export const paymentHex = (payment: Uint8Array | PaymentTerms): Hex =>
  toPrefixed(payment instanceof Uint8Array ? payment : paymentIdOf(payment))
