import { type Address, addressToBytes } from '../../sdk/crypto/index.ts'
import { buildPaymentTree } from '../../sdk/payments/index.ts'

/** The tree of some recipients, and each one's opening but for the terms, which are known when it is paid. */
export async function makePlaces(addresses: readonly Address[], seed: number) {
  const recipients = addresses.map((address, i) => ({
    recipient: addressToBytes(address),
    use: new Uint8Array(32).fill(seed + 16 * i),
  }))
  const tree = await buildPaymentTree(recipients, { seed: new Uint8Array(32).fill(seed) })
  return { tree, openings: recipients.map((recipient, i) => ({ ...recipient, ...tree.opening(i) })) }
}
