import { privateKeyToAccount } from 'viem/accounts'
import { toHex } from '../../sdk/crypto/index.ts'
import { createIdentity, createKeyring, type Keyring } from '../../sdk/identity/index.ts'

/** A wallet whose key repeats one byte. */
export function walletOf(byte: number) {
  return privateKeyToAccount(`0x${toHex(new Uint8Array(32).fill(byte))}`)
}

/** The wallet in the style of ethers, which stock clients take. */
export function signerOf(byte: number) {
  const wallet = walletOf(byte)
  return { getAddress: async () => wallet.address, signMessage: (message: string) => wallet.signMessage({ message }) }
}

/** A fresh identity of that wallet, with a keyring. */
export async function keyringOf(byte: number): Promise<Keyring> {
  return createKeyring(await createIdentity(walletOf(byte), { createdMs: 1_700_000_000_000n }))
}

/** A mixed-case address with one letter in the wrong case, as a mistyped digit leaves it. */
export const mistype = (address: string): string =>
  address.replace(/[a-fA-F](?=[^a-fA-F]*$)/, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
