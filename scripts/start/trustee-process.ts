import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import type { LocalNetwork } from './network.ts'

/** A trustee in a process of its own. */
export type TrusteeProcess = {
  readonly address: string
  /** Ends it at once, as a loss of power does. */
  readonly kill: () => Promise<void>
  /** Starts it again on what it has stored. */
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

/** `npm run trustee`, for a network on this machine. */
export async function startTrusteeProcess({ node, trust }: LocalNetwork, dataDir: string): Promise<TrusteeProcess> {
  const walletKey = generatePrivateKey()
  const env = {
    PENNYPOST_NODE: node.url,
    PENNYPOST_SIGNERS: trust.signers.join(','),
    PENNYPOST_RULE: 'everyone',
    PENNYPOST_WALLET_KEY: walletKey,
    PENNYPOST_DATA_DIR: dataDir,
    PENNYPOST_METRICS_PORT: '0',
  }
  const start = () => startProcess(['service/trustee/main.ts'], { env, isReady: /The trustee is running/ })
  let child = await start()
  return {
    address: privateKeyToAddress(walletKey),
    kill: () => child.end('SIGKILL'),
    async restart() {
      child = await start()
    },
    close: () => child.end('SIGTERM'),
  }
}

/** One that says that it holds its share, and hands out another. */
export async function startLyingTrustee({ node, trust }: LocalNetwork): Promise<Omit<TrusteeProcess, 'restart'>> {
  const args = ['scripts/start/lying-trustee.ts', node.url, trust.signers.join(',')]
  const child = await startProcess(args, { env: {}, isReady: /^0x/ })
  return { address: child.said, kill: () => child.end('SIGKILL'), close: () => child.end('SIGTERM') }
}

type Starting = { readonly env: Record<string, string>; readonly isReady: RegExp }

async function startProcess(args: readonly string[], { env, isReady }: Starting) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const heard: string[] = []
  const ready = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      heard.push(line)
      if (isReady.test(line)) resolve(line)
    })
    createInterface(child.stderr).on('line', (line) => heard.push(line))
  })
  const said = await Promise.race([ready, over.then(() => undefined)])
  if (said === undefined) throw new Error(`A trustee has ended: ${heard.slice(-5).join('\n')}`)
  return {
    said,
    async end(signal: 'SIGKILL' | 'SIGTERM') {
      child.kill(signal)
      await over
    },
  }
}
