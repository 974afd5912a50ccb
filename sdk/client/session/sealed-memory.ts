import { aeadNonceLength, concatBytes, hkdfSha256, openAead, sealAead, utf8 } from '../../crypto/index.ts'
import { orNothing } from './peer.ts'
import type { Session } from './session.ts'

/** One value that a device keeps for an account, in the application's storage. */
export type SealedMemory = {
  load(): Promise<Uint8Array | undefined>
  save(value: Uint8Array): Promise<void>
}

type Context = Pick<Session, 'storage' | 'keyring' | 'random'>

/** Keeps a value so that neither it nor its name says whose it is. What does not open counts as not there. */
export function createSealedMemory({ storage, keyring, random }: Context, name: string): SealedMemory {
  const { secret } = keyring.identity.keys.identityKey
  const key = hkdfSha256(secret, { info: utf8('pennypost/device-memory/v1') })
  const associatedData = utf8(name)
  return {
    async load() {
      const saved = await storage.get(name)
      if (!saved) return undefined
      const nonce = saved.subarray(0, aeadNonceLength)
      return orNothing(() => openAead(saved.subarray(aeadNonceLength), { key, nonce, associatedData }))[0]
    },
    async save(value) {
      const nonce = random(aeadNonceLength)
      await storage.set(name, concatBytes(nonce, sealAead(value, { key, nonce, associatedData })))
    },
  }
}
