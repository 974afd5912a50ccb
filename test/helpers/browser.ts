import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'

/** A Chromium of this machine; undefined where there is none. */
export const chromiumPath = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path))

/** Bundles modules for browsers as an application would; `imports` is what the bundle still asks others for. */
export async function bundleForBrowsers(options: BuildOptions) {
  const { outputFiles, metafile } = await build({
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/',
    ...options,
    write: false,
    metafile: true,
  })
  const outputs = Object.values(metafile.outputs)
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [path, contents])),
    imports: outputs.flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path)),
    inputs: Object.keys(metafile.inputs),
  }
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** A name that the browser finds on loopback, without the trust that it has in loopback itself. */
const plainHost = 'pennypost.test'

type PagesOptions = { readonly keys: string; readonly policies?: Readonly<Record<string, string>> }

/** Serves files on loopback, some from memory with a policy (CSP) where one is given, those of a folder under `/keys/`. */
export async function startPages(
  files: ReadonlyMap<string, Uint8Array | string>,
  { keys, policies = {} }: PagesOptions,
) {
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    const isKey = /^\/keys\/[\w.]+$/.test(path)
    const body =
      files.get(path) ?? (isKey ? await readFile(join(keys, path.slice(6))).catch(() => undefined) : undefined)
    const policy = policies[path]
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': types[extname(path)] ?? 'text/plain',
      ...(policy && { 'content-security-policy': policy }),
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    /** The same pages in a context that browsers call insecure. */
    plainUrl: `http://${plainHost}:${port}/`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${plainHost} 127.0.0.1`,
]

/** Starts a browser with a profile of its own. `problems` collects what its pages complain of. */
export async function startBrowser(executablePath: string) {
  const profile = await mkdtemp(join(tmpdir(), 'pennypost-browser-'))
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags })
  const problems: string[] = []
  return {
    problems,
    async open(url: string): Promise<Page> {
      const page = await context.newPage()
      page.on('pageerror', (error) => problems.push(String(error)))
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      await page.goto(url)
      return page
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
