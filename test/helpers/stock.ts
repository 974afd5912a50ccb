import { createRequire } from 'node:module'

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
