import {
  decodeLogPage,
  encodeLogPage,
  isMalformed,
  type LogPage,
  type LogPageInit,
  ownedTopic,
} from '../codec/index.ts'
import {
  type Address,
  AeadRefusedError,
  aeadNonceLength,
  aeadTagLength,
  concatBytes,
  fromBytes,
  hkdfSha256,
  openAead,
  type RandomBytes,
  sealAead,
  toBytes4,
  utf8,
} from '../crypto/index.ts'

/** Every page of every log has this size, in bytes, whatever it holds. */
export const pageSize = 4096

const lengthLength = 4
/** Room for the writer, the number and a few heads, besides the chunk. */
const headRoom = 512
/** The most bytes of entries that one page takes. */
export const chunkSize = pageSize - aeadNonceLength - aeadTagLength - lengthLength - headRoom
/** Heads that one page names; where more writers wrote at the same moment, later pages name the rest. */
export const maxHeads = 10

/** Where an account's log lies, and what encrypts it. */
export type LogPlace = { readonly topic: string; readonly key: Uint8Array }

/** The place of an account's log: known to every client that has its identity key. */
export const logPlaceOf = (address: Address, identitySecret: Uint8Array): LogPlace => ({
  topic: ownedTopic('log', address),
  key: hkdfSha256(identitySecret, { info: utf8('pennypost/log-key/v2') }),
})

/** Nonce and ciphertext of a page, always {@link pageSize} bytes. */
export function sealPage(page: LogPageInit, { topic, key }: LogPlace, random: RandomBytes): Uint8Array {
  const plaintext = encodeLogPage(page)
  const padded = new Uint8Array(pageSize - aeadNonceLength - aeadTagLength)
  padded.set(toBytes4(plaintext.length))
  padded.set(plaintext, lengthLength)
  const nonce = random(aeadNonceLength)
  return concatBytes(nonce, sealAead(padded, { key, nonce, associatedData: utf8(topic) }))
}

/** The page; undefined if the bytes are none of this log. */
export function openPage(message: Uint8Array, { topic, key }: LogPlace): LogPage | undefined {
  if (message.length !== pageSize) return undefined
  try {
    const nonce = message.subarray(0, aeadNonceLength)
    const padded = openAead(message.subarray(aeadNonceLength), { key, nonce, associatedData: utf8(topic) })
    return decodeLogPage(padded.subarray(lengthLength, lengthLength + Number(fromBytes(padded.subarray(0, 4)))))
  } catch (error) {
    if (isMalformed(error) || error instanceof AeadRefusedError) return undefined
    throw error
  }
}
