import { fromHex, hashPersonalMessage, signDigest, toHex } from '@pennypost/sdk/crypto'
import type { LocalAccount } from '../network/read-network.ts'
import type { ConnectedWallet } from './connect-wallet.ts'

/** The wallet of an account whose key everybody has. It asks nobody, and signs texts only. */
export const localWallet = ({ address, key }: LocalAccount): ConnectedWallet => ({
  getAddress: () => address,
  async signMessage(text: string): Promise<string> {
    const { bytes, recovery } = signDigest(hashPersonalMessage(text), fromHex(key))
    return `0x${toHex(bytes)}${(27 + recovery).toString(16)}`
  },
})
