import {
  AeadRefusedError,
  aeadNonceLength,
  concatBytes,
  hkdfSha256,
  openAead,
  randomBytes,
  sealAead,
  sha256,
  utf8,
} from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'

/** Encrypts what is at rest. Whoever has the database without the key reads nothing there, and can check no guess. */
export type Vault = {
  /** Encrypts bytes for their place, so that rows cannot be swapped. */
  seal(bytes: Uint8Array, place: Uint8Array): Uint8Array
  /** Throws {@link StorageKeyWrongError}. */
  open(sealed: Uint8Array, place: Uint8Array): Uint8Array
  /** What stands for a value in a column that is searched: 32 bytes. */
  blind(column: string, value: Uint8Array): Uint8Array
}

export function createVault(storageKey: Uint8Array): Vault {
  const key = hkdfSha256(storageKey, { info: utf8('pennypost/trustee-rows/v1') })
  const blinding = hkdfSha256(storageKey, { info: utf8('pennypost/trustee-columns/v1') })
  return {
    seal(bytes, place) {
      const nonce = randomBytes(aeadNonceLength)
      return concatBytes(nonce, sealAead(bytes, { key, nonce, associatedData: place }))
    },
    open(sealed, place) {
      try {
        const nonce = sealed.slice(0, aeadNonceLength)
        return openAead(sealed.slice(aeadNonceLength), { key, nonce, associatedData: place })
      } catch (cause) {
        if (!(cause instanceof AeadRefusedError)) throw cause
        throw new StorageKeyWrongError('What the database holds does not open with the storage key.', {
          cause,
          hint: 'Put back storage.key of the data directory, or set PENNYPOST_STORAGE_KEY.',
        })
      }
    },
    blind: (column, value) => hkdfSha256(concatBytes(blinding, sha256(value)), { info: utf8(column) }),
  }
}

/** The database was written with another storage key, or changed. */
export class StorageKeyWrongError extends BaseError {
  readonly code = 'storage-key.wrong'
}
