import { createRequire } from 'node:module'
import { privateKeyToAccount } from 'viem/accounts'

const require = createRequire(import.meta.url)

/** The published clients, by major version. They are CommonJS and bring their own types' quirks, so they come untyped. */
// biome-ignore lint/suspicious/noExplicitAny: the oracle is used through its public API only
export const stock: Record<11 | 12 | 13, any> = {
  get 11() {
    return require('xmtp-js-11')
  },
  get 12() {
    return require('xmtp-js-12')
  },
  get 13() {
    return require('@xmtp/xmtp-js')
  },
}

type StockOptions = { readonly url: string; readonly version?: 11 | 12 | 13; readonly env?: string }

/** A stock app of an account, at a node. */
export function createStockApp(key: `0x${string}`, { url, version = 13, env = 'local' }: StockOptions) {
  const account = privateKeyToAccount(key)
  const signer = {
    getAddress: async () => account.address,
    signMessage: (message: string) => account.signMessage({ message }),
  }
  return stock[version].Client.create(signer, { apiUrl: url, env, persistConversations: false })
}
