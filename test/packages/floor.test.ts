import { execFile } from 'node:child_process'
import { glob, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Consumer, installPacked } from '../../scripts/consumer.ts'
import { buildPackage, packages } from '../../scripts/package.ts'
import { loadTicketArtifacts } from '../../sdk/evidence/index.ts'
import { readAll, runIn, writeFilesOf } from './follow-guide.ts'

// What is published runs on the oldest Node that is promised.

const run = promisify(execFile)

/** The oldest Node from 20 on that is on the path; where there is none older, the one that runs this test. */
async function oldestNode(): Promise<string> {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const found = await Promise.all(
    [process.execPath, ...new Set(places)].map(async (path) => {
      const { stdout = '' } = await run(path, ['-p', 'process.versions.node']).catch(() => ({ stdout: '' }))
      return { path, major: Number.parseInt(stdout, 10) }
    }),
  )
  const fit = found.filter(({ major }) => major >= 20).sort((a, b) => a.major - b.major)
  return fit[0]?.path ?? process.execPath
}

const example = `
import { Client } from '@pennypost/sdk'
import { parseRule } from '@pennypost/sdk/policy'
import { startNode } from '@pennypost/service/node'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

const node = await startNode({ port: 0, dataDir: undefined, defaultRule: parseRule('everyone'), logLevel: 'silent' })
const wallets = [privateKeyToAccount(generatePrivateKey()), privateKeyToAccount(generatePrivateKey())]
const network = { defaultRule: 'everyone' }
const options = { node: node.url, network, privacy: { copySeconds: 0, joinSeconds: 0, prepareSeconds: 0 } }
const [alice, bob] = await Promise.all(wallets.map((wallet) => Client.create(wallet, options)))
const conversation = await alice.conversations.new(bob.address)
const result = await conversation.send('gm', { postage: 'auto' })
const read = await (await bob.conversations.new(alice.address)).messages()
console.log(JSON.stringify({ version: process.versions.node, isSent: result.ok, read: read.map(({ content }) => content) }))
alice.close()
bob.close()
await node.close()
`

/** Names that Node 20 does not know, as they are written. */
const younger =
  /\b(?:Map|Object)\.groupBy\(|Promise\.(?:withResolvers|try)\(|Array\.fromAsync\(|\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference)\(|RegExp\.escape\(|Uint8Array\.from(?:Hex|Base64)\(|\bIterator\.(?:from|concat)\(|\bError\.isError\(|\bawait using\b|\bFloat16Array\b/

/** What a source has that Node 20 does not know. */
async function youngerIn(source: string): Promise<string[]> {
  const [code = '', lowered] = await Promise.all(['esnext', 'node20'].map((target) => printFor(source, target)))
  return [...(code === lowered ? [] : ['syntax']), ...(younger.exec(code) ?? [])]
}

/** A source as esbuild prints it for a target, without comments: what the target does not know comes out otherwise. */
async function printFor(source: string, target: string): Promise<string> {
  return (await transform(source, { target, legalComments: 'none', minifyWhitespace: true })).code
}

/** What bundles still ask others for. */
const bareImports = (files: ReadonlyMap<string, string>): string[] =>
  [...files].flatMap(([name, code]) =>
    name.endsWith('.js')
      ? [...code.matchAll(/^import[^'"\n]*['"]([^./'"][^'"]*)['"]/gm)].map(([, from = '']) => from)
      : [],
  )

describe('the packed packages', () => {
  let consumer: Consumer
  beforeAll(async () => {
    for (const one of packages) await buildPackage(one, { isChecked: false })
    consumer = await installPacked({ packages: packages.map(({ name }) => name) })
  })
  afterAll(() => consumer?.remove())

  test.each([
    ['Map.groupBy(list, keyOf)', 'Map.groupBy('],
    ['Promise.withResolvers()', 'Promise.withResolvers('],
    ['for await (const x of y) { await using z = x }', 'syntax'],
  ])('could be told by %s', async (source, fault) => {
    expect(await youngerIn(source)).toContain(fault)
  })

  test('start a node and carry a message, on the oldest Node that is here', async () => {
    const node = await oldestNode()
    await writeFile(join(consumer.folder, 'example.mjs'), example)
    const { stdout } = await run(node, ['example.mjs'], { cwd: consumer.folder })
    const { version, ...outcome } = JSON.parse(stdout)
    console.log(`The packed packages ran on Node ${version}.`)
    expect(outcome).toEqual({ isSent: true, read: ['gm'] })
  })

  describe('by the guide', () => {
    beforeAll(async () => {
      const files = await writeFilesOf('docs/guides/use-it-in-your-project.md', consumer.folder)
      expect(files).toEqual(['copy-keys.mjs', 'vite.config.js', 'vite-main.js', 'build.mjs', 'esbuild-main.js'])
      await runIn(consumer.folder, ['copy-keys.mjs'])
    })

    test('give a page the keys that are pinned', async () => {
      const keys = await loadTicketArtifacts({ folder: pathToFileURL(join(consumer.folder, 'public/keys')) })
      expect(keys.zkey.length).toBeGreaterThan(1_000_000)
    })

    test('are bundled by Vite, with the worker as a file of its own that the page names', async () => {
      await writeFile(join(consumer.folder, 'index.html'), '<script type="module" src="/page.js"></script>')
      await writeFile(
        join(consumer.folder, 'page.js'),
        "import { logIn } from './vite-main.js'\nglobalThis.logIn = logIn\n",
      )
      await runIn(consumer.folder, ['node_modules/vite/bin/vite.js', 'build', '--outDir', 'of-vite'])
      const files = await readAll(join(consumer.folder, 'of-vite'))
      const worker = [...files.keys()].find((name) => /^prove-worker-.*\.js$/.test(name)) ?? 'none'
      const pages = [...files].filter(([name]) => name.startsWith('index-'))
      expect(pages.some(([, code]) => code.includes(worker))).toBe(true)
      expect(files.get(worker)).toContain('onmessage')
      expect(bareImports(files)).toEqual([])
      expect([...files.keys()]).toContain('ticket.zkey')
    })

    test('are bundled by esbuild, with the worker under the name that the page is told', async () => {
      await runIn(consumer.folder, ['build.mjs'])
      const files = await readAll(join(consumer.folder, 'public'))
      expect(files.get('prove-worker.js')).toContain('onmessage')
      expect(files.get('main.js')).toContain('/prove-worker.js')
      expect(bareImports(files)).toEqual([])
    })
  })

  test('have no syntax and no names that Node 20 does not know', async () => {
    const found: string[] = []
    for await (const path of glob('{sdk,service}/dist/**/*.js')) {
      const faults = await youngerIn(await readFile(path, 'utf8'))
      found.push(...faults.map((fault) => `${path}: ${fault}`))
    }
    expect(found).toEqual([])
  })
})
