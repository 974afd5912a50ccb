import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../package.ts'
import { startAnswerer } from './answerer.ts'
import { startFaucet } from './faucet.ts'
import { linesToCopy } from './lines-to-copy.ts'
import { createLocalAccounts } from './local-accounts.ts'
import { startNetwork } from './network.ts'
import { bold, dim } from './page.ts'
import { tellStory } from './story.ts'

// `npm start`: a whole network on this machine, and a story told on it with real clients. It stays up until Ctrl-C;
// with `--once` it ends after the story, with 0 if every step ended as it must.

const isOnce = process.argv.includes('--once')
const wantedPorts = { chain: 8545, node: 5555, prover: 5556, faucet: 5557 }

console.log(bold('Pennypost: messages that earn their delivery'))
console.log(dim('Everything below happens on this machine, with real proofs, a real chain and real clients.\n'))

const folder = await mkdtemp(join(tmpdir(), 'pennypost-'))
const ports = isOnce ? { chain: 0, node: 0, prover: 0 } : await choosePorts()
if (!isOnce) await run(['vite', 'build', 'web'])
const accounts = createLocalAccounts()
const local = () => ({
  accounts: accounts.offered(),
  chain: { rpcUrl: network.rpcUrl, notice: network.deployment.notice },
})
const onStep = (text: string) => console.log(`   ${text}`)
const network = await startNetwork({ folder, ports, isWatched: true, onStep, app: { local } })

let failure: unknown
try {
  await tellStory(network)
} catch (error) {
  failure = error
  console.error('\nThe story failed:', error)
}

if (!isOnce && !failure) await stayUp()
await network.close()
await rm(folder, { recursive: true, force: true })
process.exit(failure ? 1 : 0)

async function stayUp(): Promise<void> {
  await accounts.prepare(network)
  console.log(
    `\n${bold(`Open ${network.node.url}/app/`)} to write and read as Ann, Ben or Cleo, or with a wallet of yours.`,
  )
  const faucet = await startFaucet(network, { port: await freeOr(wantedPorts.faucet) })
  const answerer = await startAnswerer(network)
  console.log(`\nThe network stays up: node ${network.node.url} (API at /docs), prover ${network.prover.url},`)
  console.log(`chain ${network.rpcUrl}, test tokens and gas ${faucet.url}. ${bold('Ctrl-C stops it.')}`)
  console.log(`${answerer.address} answers whoever writes to it. Paste this into another terminal:\n`)
  for (const line of linesToCopy(network, { faucet: faucet.url, recipient: answerer.address })) {
    console.log(`   ${line}`)
  }
  console.log('   node scripts/run.mjs examples/01-send.ts')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await answerer.close()
  await faucet.close()
}

/** The usual ports where they are free, and any free ones elsewhere. */
async function choosePorts(): Promise<Record<'chain' | 'node' | 'prover', number>> {
  const { chain, node, prover } = wantedPorts
  return { chain: await freeOr(chain), node: await freeOr(node), prover: await freeOr(prover) }
}

function freeOr(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(0))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)))
  })
}
