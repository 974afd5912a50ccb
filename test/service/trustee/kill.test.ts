import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import { toAddress } from '../../../sdk/crypto/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf, type MadeDeposit } from '../../helpers/deposits.ts'
import { startFalseNode } from '../../helpers/false-node.ts'
import { hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

/** What happens to what a trustee says on channels: it goes through, does not arrive, or arrives and nobody hears that it did. */
type Way = 'open' | 'lost' | 'unanswered'

let network: TrusteeNetwork
let proxy: Awaited<ReturnType<typeof startFalseNode>>
let running: ChildProcess | undefined
let way: Way = 'open'
let stopped = () => {}

beforeAll(async () => {
  network = await startTrusteeNetwork()
  proxy = await startFalseNode(pass)
})
afterEach(() => running?.kill('SIGKILL'))
afterAll(async () => {
  await proxy.close()
  await network.close()
})

/** To the node, but for what a trustee says while the way is not open. */
function pass(asked: IncomingMessage, answer: ServerResponse): void {
  const isSaid = asked.url === '/v1/publish'
  if (isSaid && way === 'lost') {
    stopped()
    return
  }
  const { method, headers, url } = asked
  const onward = request(`${network.url}${url}`, { method, headers }, (given) => {
    if (isSaid && way === 'unanswered') return stopped()
    answer.writeHead(given.statusCode ?? 500, given.headers)
    given.pipe(answer)
  })
  answer.on('close', () => onward.destroy())
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}

/** Resolves when something was said and stopped on its way. */
function stopAt(given: Way): Promise<void> {
  way = given
  return new Promise((resolve) => {
    stopped = resolve
  })
}

/** A trustee in a process of its own. */
async function start(dataDir: string) {
  const env = {
    ...process.env,
    PENNYPOST_NODE: proxy.url,
    PENNYPOST_DATA_DIR: dataDir,
    PENNYPOST_METRICS_PORT: '0',
    PENNYPOST_REQUEST_BITS: '1',
    PENNYPOST_RULE: 'everyone',
    PENNYPOST_LOG_LEVEL: 'trace',
  }
  const child = spawn(process.execPath, ['service/trustee/main.ts'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const started = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (started.output += text))
  running = child
  await expect.poll(() => started.output).toContain('The trustee is running.')
  return started
}

async function kill({ child }: { readonly child: ChildProcess }): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
  way = 'open'
}

/** The account of a trustee, which no log says. */
async function addressOf(dataDir: string) {
  const key = (await readFile(join(dataDir, 'wallet.key'), 'utf8')).trim()
  return privateKeyToAccount(key as `0x${string}`).address
}

const distinct = (all: readonly { readonly [name: string]: unknown }[], name: string) =>
  new Set(all.map((one) => Buffer.from(one[name] as Uint8Array).toString('hex'))).size

test.each<[Way, number]>([
  ['lost', 0],
  ['unanswered', 1],
])('killed while its word is %s on the way, a trustee says the same once it runs again', async (stop, out) => {
  const dataDir = await network.makeDataDir()
  const first = await start(dataDir)
  const address = await addressOf(dataDir)
  const keyring = await keyringOf(out + 0x61)
  const made = await network.depositor.make(keyring.identity.address)
  const acknowledging = stopAt(stop)
  await network.depositor.send(address, made.deposit)
  await acknowledging
  await kill(first)
  expect(await said(made, 'acknowledgement')).toHaveLength(out)
  const second = await start(dataDir)
  const acknowledged = await hear<{ signature: Uint8Array }>(made, 'acknowledgement', out + 1)
  expect(distinct(acknowledged, 'signature')).toBe(1)

  await network.appear(keyring)
  const answering = stopAt(stop)
  await made.channel.say(await claimOf(out + 0x61, [made.deposit.letter], keyring))
  await answering
  await kill(second)
  expect(await said(made, 'share')).toHaveLength(out)
  const third = await start(dataDir)
  const shares = await hear<{ sealed: Uint8Array }>(made, 'share', out + 1)
  expect(distinct(shares, 'sealed')).toBe(1)
  await kill(third)
  for (const { output } of [first, second, third]) expectDiscreet(output, secretsOf(made)) // its own address is what senders name
})

const secretsOf = ({ deposit, channel }: MadeDeposit): Uint8Array[] => [
  deposit.share,
  deposit.letter,
  deposit.recipient,
  channel.key,
  Buffer.from(channel.topic),
  Buffer.from(ownedTopic('contact', toAddress(deposit.recipient))),
]

/** Nothing of it in a log, however it might be written. */
function expectDiscreet(output: string, secrets: readonly Uint8Array[]): void {
  expect(output).toContain('settings')
  for (const bytes of secrets.map((secret) => Buffer.from(secret))) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const)
      expect(output.toLowerCase()).not.toContain(bytes.toString(encoding).toLowerCase())
    expect(output).not.toContain([...bytes].join(','))
  }
}
