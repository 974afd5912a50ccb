import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** What a bundle of ours may weigh. */
export type BundleLimit = { readonly name: string; readonly source: string; readonly kilobytes: number }

/** Bundles that others ship, and their limits in kilobytes after gzip. */
export const bundleLimits: readonly BundleLimit[] = [
  {
    name: 'verifier of envelopes and proofs',
    source: `export { checkEnvelope, createPortableGroth16 } from '@pennypost/sdk/verifier'`,
    kilobytes: 40,
  },
  {
    name: 'verifier of tickets, payments and work, with their key',
    source: `export { checkEnvelope, createPortableGroth16, decideLane, ticketKey } from '@pennypost/sdk/verifier'`,
    kilobytes: 40,
  },
  {
    name: 'verifier of every kind of evidence, with both keys',
    source: `export { checkConnection, checkEnvelope, createPortableGroth16, credentialKey, decideLane, factVerifiers, ticketKey } from '@pennypost/sdk/verifier'`,
    kilobytes: 60,
  },
]

/** Size of a minified bundle after gzip, in bytes. */
export async function measureBundle({ source }: BundleLimit): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'js' }, // which must name what there is
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    external: ['tiny-secp256k1'],
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length
}
