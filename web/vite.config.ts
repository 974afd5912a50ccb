import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const keys = join(import.meta.dirname, '../circuits/keys')

/** Puts what proves beside the page: it is fetched when the first proof is made, and held to the hashes in the SDK. */
const copyKeys: Plugin = {
  name: 'copy-keys',
  async writeBundle({ dir = '' }) {
    await mkdir(join(dir, 'keys'), { recursive: true })
    const proving = (await readdir(keys)).filter((name) => /\.(wasm|zkey)$/.test(name))
    await Promise.all(proving.map((name) => copyFile(join(keys, name), join(dir, 'keys', name))))
  },
}

/** The SDK names its worker as it lies among its sources; the page has it built, and says where. */
const leaveSources: Plugin = {
  name: 'leave-sources',
  generateBundle(_, bundle) {
    for (const name of Object.keys(bundle).filter((name) => name.endsWith('.ts'))) delete bundle[name]
  },
}

/** Packs texts beside themselves, for servers that hand those out. */
const packTexts: Plugin = {
  name: 'pack-texts',
  async writeBundle({ dir = '' }, bundle) {
    const texts = Object.keys(bundle).filter((name) => /\.(js|css|html)$/.test(name))
    for (const name of texts) {
      const packed = await promisify(gzip)(await readFile(join(dir, name)), { level: 9 })
      await writeFile(join(dir, `${name}.gz`), packed)
    }
  },
}

/**
 * All that the client needs at once is one file, whatever is shared with what it fetches later; but for what reads an address, which
 * pages do before there is a client.
 */
const groups = [
  { name: 'client', test: /\/sdk\/index\.ts$/ },
  { name: 'address', test: /\/sdk\/crypto\/address\.ts$/, priority: 2 },
  { name: 'mail-link', test: /\/sdk\/mail-link\.ts$/, priority: 2, includeDependenciesRecursively: false },
  // The curves offer it to all, and few need it.
  {
    name: 'frost',
    test: /curves\/abstract\/(frost|fft|hash-to-curve)\.js$/,
    priority: 3,
    includeDependenciesRecursively: false,
  },
  { name: 'preact', test: /node_modules\/@?preact\//, priority: 4 },
  { name: 'fetch-chunks', test: /preload-helper/, priority: 1 },
]

/** The page works under any path, and asks for nothing but what lies beside it. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  plugins: [copyKeys, leaveSources, packTexts],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      input: ['index.html', 'provide.html', 'mail.html'].map((page) => join(import.meta.dirname, page)),
      output: { codeSplitting: { groups } },
    },
  },
})
