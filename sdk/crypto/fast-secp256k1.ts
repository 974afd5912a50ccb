import { BaseError } from '../errors.ts'
import { nodeModule } from './node-module.ts'
import { isSecp256k1Chosen, type Secp256k1, useSecp256k1 } from './secp256k1.ts'

/** What of the module `tiny-secp256k1` is used: libsecp256k1 in WebAssembly. */
export type TinySecp256k1 = {
  pointFromScalar(secret: Uint8Array, isCompressed?: boolean): Uint8Array | null
  pointMultiply(point: Uint8Array, factor: Uint8Array, isCompressed?: boolean): Uint8Array | null
  recover(
    digest: Uint8Array,
    signature: Uint8Array,
    recoveryId: 0 | 1 | 2 | 3,
    isCompressed?: boolean,
  ): Uint8Array | null
  signRecoverable(digest: Uint8Array, secret: Uint8Array): { signature: Uint8Array; recoveryId: 0 | 1 | 2 | 3 }
  verify(digest: Uint8Array, point: Uint8Array, signature: Uint8Array, isStrict?: boolean): boolean
}

/**
 * Makes the whole process use libsecp256k1 in WebAssembly (optional peer dependency `tiny-secp256k1`), about seven times
 * faster than the portable implementation and with the same answers. In Node, `Client.create` does so by itself where
 * the package is installed. In browsers pass the module, with a bundler that can load WebAssembly.
 *
 * @example
 * ```ts
 * import { useFastSecp256k1 } from '@pennypost/sdk/crypto'
 *
 * await useFastSecp256k1(import('tiny-secp256k1'))
 * ```
 */
export async function useFastSecp256k1(tiny?: Promise<TinySecp256k1>): Promise<void> {
  useSecp256k1(await loadFastSecp256k1(tiny))
}

/** Puts it to use in Node where it is installed, unless another implementation was chosen before. */
export async function preferFastSecp256k1(): Promise<void> {
  if (isSecp256k1Chosen() || !nodeModule('node:module')) return
  await useFastSecp256k1().catch(() => undefined) // the portable one stays
}

/** The WebAssembly implementation, without putting it to use. */
export async function loadFastSecp256k1(module?: Promise<TinySecp256k1>): Promise<Secp256k1> {
  const tiny = await (module ?? requireTiny()).catch((cause: unknown) => {
    throw new FastSecp256k1UnavailableError('tiny-secp256k1 cannot be loaded.', {
      cause,
      hint: 'Install it, or keep the portable implementation. In browsers, pass the module.',
    })
  })
  return {
    publicKey: (privateKey) => present(tiny.pointFromScalar(privateKey, false)),
    sign(digest, privateKey) {
      const { signature, recoveryId } = tiny.signRecoverable(digest, privateKey)
      return { bytes: signature, recovery: recoveryId }
    },
    verify: (signature, digest, publicKey) => tiny.verify(digest, publicKey, signature, true),
    recover: ({ bytes, recovery }, digest) => present(tiny.recover(digest, bytes, recovery === 0 ? 0 : 1, false)),
    sharedPoint: (privateKey, publicKey) => present(tiny.pointMultiply(publicKey, privateKey, false)),
  }
}

/** By Node's own `require`, which bundlers for browsers do not follow: they would stumble over the WebAssembly. */
async function requireTiny(): Promise<TinySecp256k1> {
  const modules = nodeModule('node:module')
  if (!modules) throw new TypeError('Only Node can load it by itself.')
  return modules.createRequire(import.meta.url)('tiny-secp256k1')
}

function present(point: Uint8Array | null): Uint8Array {
  if (point === null) throw new RangeError('Not a point on the curve.')
  return point
}

/** The optional package is missing or the platform has no WebAssembly. */
export class FastSecp256k1UnavailableError extends BaseError {
  override readonly code = 'secp256k1.unavailable'
}
