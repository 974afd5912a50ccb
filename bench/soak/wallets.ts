import { randomBytes } from 'node:crypto'
import { privateKeyToAccount } from 'viem/accounts'
import { type Address, toAddress } from '../../sdk/crypto/index.ts'
import { createIdentity, createToken } from '../../sdk/identity/index.ts'

/** A wallet with a token that holds for an hour. */
export type SoakWallet = { readonly address: Address; readonly token: string }

/** New wallets, as anybody makes them for nothing. */
export async function makeWallets(count: number): Promise<SoakWallet[]> {
  const wallets: SoakWallet[] = []
  for (let i = 0; i < count; i++) {
    const wallet = privateKeyToAccount(`0x${randomBytes(32).toString('hex')}`)
    const identity = await createIdentity(wallet, { createdMs: BigInt(Date.now()) })
    wallets.push({ address: wallet.address, token: createToken(identity, BigInt(Date.now()) * 1_000_000n) })
  }
  return wallets
}

/** An account that nobody knows. */
export const newAddress = (): Address => toAddress(new Uint8Array(randomBytes(20)))
