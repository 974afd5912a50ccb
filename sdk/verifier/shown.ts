import { encodeWords } from '../crypto/abi.ts'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import { keccak256, keccak256Kept } from '../crypto/hash.ts'

/** What an account signs to show a fact in its name: to which topic, for which use, and which of its uses in the epoch it is. */
export type Shown = {
  readonly topic: string
  /** 32 bytes. */
  readonly use: Uint8Array
  readonly number: number
}

/** The type of the data, for wallets (EIP-712); its domain has no chain, since nothing is sent to one. */
export const shownTypes = {
  Show: [
    { name: 'topic', type: 'string' },
    { name: 'use', type: 'bytes32' },
    { name: 'number', type: 'uint64' },
  ],
} as const

export const shownDomain = { name: 'Pennypost', version: '1' } as const

const hashOf = (text: string): Uint8Array => keccak256(utf8(text))

const domainHash = /* @__PURE__ */ keccak256(
  /* @__PURE__ */ encodeWords([
    hashOf('EIP712Domain(string name,string version)'),
    hashOf(shownDomain.name),
    hashOf(shownDomain.version),
  ]),
)
const showType = /* @__PURE__ */ hashOf('Show(string topic,bytes32 use,uint64 number)')

/** What the account's key signs of it, 32 bytes. */
export function shownDigestOf({ topic, use, number }: Shown): Uint8Array {
  const shown = encodeWords([showType, keccak256Kept(utf8(topic)), use, BigInt(number)])
  return keccak256(concatBytes(Uint8Array.of(0x19, 1), domainHash, keccak256(shown)))
}
