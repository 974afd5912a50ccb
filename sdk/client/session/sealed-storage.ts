import { aeadNonceLength, concatBytes, openAead, type RandomBytes, sealAead, toHex, utf8 } from '../../crypto/index.ts'
import type { LogPlace } from '../../log/index.ts'
import { orNothing } from './peer.ts'
import type { SafeStorage } from './storage.ts'

/** The application's storage for what only this account's clients may read. */
export type SealedStorage = {
  get(kind: string): Promise<Uint8Array | undefined>
  set(kind: string, value: Uint8Array): Promise<boolean>
}

export type SealedStorageOptions = {
  readonly networkId: Uint8Array
  readonly place: LogPlace
  readonly random: RandomBytes
}

/** Encrypts with the key of the account's log; each value is bound to its name. */
export function createSealedStorage(
  storage: SafeStorage,
  { networkId, place, random }: SealedStorageOptions,
): SealedStorage {
  const nameOf = (kind: string) => `pennypost/${kind}/${toHex(networkId)}/${place.topic}`

  return {
    async get(kind) {
      const saved = await storage.get(nameOf(kind))
      if (!saved) return undefined
      const nonce = saved.subarray(0, aeadNonceLength)
      const associatedData = utf8(nameOf(kind))
      const [bytes] = orNothing(() => openAead(saved.subarray(aeadNonceLength), { ...place, nonce, associatedData }))
      return bytes
    },
    set(kind, value) {
      const nonce = random(aeadNonceLength)
      const associatedData = utf8(nameOf(kind))
      return storage.set(nameOf(kind), concatBytes(nonce, sealAead(value, { ...place, nonce, associatedData })))
    },
  }
}
