import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from 'viem'
import {
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../../sdk/codec/index.ts'
import { addressToBytes, forestRootOf, fromBase64, toBase64, toBytes32 } from '../../sdk/crypto/index.ts'
import { checkpointDigest } from '../../sdk/verifier/index.ts'
import { createSigner } from '../../service/prover/checkpoints/index.ts'

/** A prover in a process of its own, as `npm run prover` starts it; what it keeps outlives its kills. */
export function proverProcess(env: Record<string, string>) {
  let child: ChildProcess | undefined
  const args = ['--disable-warning=ExperimentalWarning', 'service/prover/main.ts', '--poll-ms', '250']
  return {
    start(changes: Record<string, string> = {}): void {
      const all = { ...process.env, ...env, PENNYPOST_LOG_LEVEL: 'silent', ...changes }
      child = spawn(process.execPath, args, { env: all, stdio: ['ignore', 'ignore', 'inherit'] })
    },
    async kill(): Promise<void> {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** What a prover serves under a path, decoded; nothing where it does not answer. */
export async function served(url: string, path: string): Promise<SignedCheckpoint[]> {
  const response = await fetch(`${url}/v1/checkpoints${path}`).catch(() => undefined)
  if (!response?.ok) return []
  const said: { checkpoint: string } | { checkpoints: string[] } = await response.json()
  const all = 'checkpoints' in said ? said.checkpoints : [said.checkpoint]
  return all.map((one) => decodeSignedCheckpoint(fromBase64(one)))
}

/**
 * A prover that holds keys of signers and lies: whatever an honest one says or wants to say next, it says with a root of its
 * own, under its keys' signatures and those that the honest ones have given to the truth.
 */
export async function startLyingProver({ port, keys, honest }: { port: number; keys: Hex[]; honest: string }) {
  const signers = keys.map(createSigner)
  const root = toBytes32(666n)
  const lieAbout = ({ checkpoint, signatures }: SignedCheckpoint): string => {
    const made = decodeCheckpoint(checkpoint)
    const trees = [root]
    const forest = forestRootOf(trees)
    const lie = { ...made, trees, root: forest, roots: made.roots.map(() => forest) }
    const digest = checkpointDigest(lie)
    const own = signers.map(({ address, sign }) => ({ signer: addressToBytes(address), signature: sign(digest) }))
    return toBase64(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(lie), signatures: [...own, ...signatures] }))
  }
  const lies = { told: 0 }
  const server = await listen(port, async ({ url = '' }) => {
    const [next] = await served(honest, '/proposed')
    const said = await served(honest, url.slice('/v1/checkpoints'.length))
    lies.told += said.length
    if (url.endsWith('/proposed')) return next ? { checkpoint: lieAbout(next) } : undefined
    return { checkpoints: [...said, ...(next ? [next] : [])].map(lieAbout) }
  })
  return { lies, close: () => close(server) }
}

/** A chain's endpoint that can stand still: then no block comes after the newest of that moment. */
export async function startFrozenChain(rpcUrl: string) {
  const call = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    return await (await fetch(rpcUrl, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }
  const { result: newest } = await call({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
  const server = await listen(0, async (request) => {
    const asked = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString())
    const params = asked.params?.map((one: unknown) => (one === 'latest' ? newest : one))
    return await call({ ...asked, params })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => close(server) }
}

async function listen(port: number, answer: (request: IncomingMessage) => Promise<unknown>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const json = await answer(request).catch(() => undefined)
    response.writeHead(json ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(json ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
