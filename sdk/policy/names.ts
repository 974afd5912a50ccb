import { faultOfAddress } from '../crypto/address.ts'
import { formatAsset, isChain, readAsset, readContract } from './caip.ts'
import type { Form } from './conditions/condition.ts'
import { canonicalTests } from './field-tests.ts'
import { formatTime, readTime } from './time.ts'

/** The one text of what a text names; undefined where it names nothing of that form. */
export const canonicalName = (form: Form, text: string): string | undefined => canonical[form](text)

const canonical: Readonly<Record<Form, (text: string) => string | undefined>> = {
  chain: (text) => (isChain(text) ? text : undefined),
  address: (text) => (faultOfAddress(text) ? undefined : text.toLowerCase()),
  tests: canonicalTests,
  hash: (text) => (/^0x[0-9a-fA-F]{64}$/.test(text) ? text.toLowerCase() : undefined),
  contract(text) {
    const contract = readContract(text)
    return contract && `eip155:${contract.chainId}:${contract.address}`
  },
  asset(text) {
    const asset = readAsset(text)
    return asset && formatAsset(asset)
  },
  time(text) {
    const time = readTime(text)
    return time === undefined ? undefined : formatTime(time)
  },
}
