import { fromHex, hashPersonalMessage, signDigest, toHex } from '@pennypost/sdk/crypto'
import type { LocalAccount } from '../network/read-network.ts'
import type { ConnectedWallet } from './connect-wallet.ts'

/** The wallet of an account whose key everybody has. It asks nobody. */
export const localWallet = ({ address, key }: LocalAccount): ConnectedWallet => ({
  address,
  async signMessage({ message }) {
    const { bytes, recovery } = signDigest(hashPersonalMessage(message), fromHex(key))
    return `0x${toHex(bytes)}${(27 + recovery).toString(16)}`
  },
  async signTypedData(data) {
    const { signLocally } = await import('../money/open-local-chain.ts')
    return signLocally(key, data)
  },
  async openChain(place) {
    const { openLocalChain } = await import('../money/open-local-chain.ts')
    return openLocalChain(key, place)
  },
})
