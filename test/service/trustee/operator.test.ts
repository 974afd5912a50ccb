import { afterAll, beforeAll, expect, test } from 'vitest'
import { addRoutes, createApp } from '../../../service/trustee/app.ts'
import { type RunningTrustee, startTrustee } from '../../../service/trustee/index.ts'
import { createMetrics } from '../../../service/trustee/metrics.ts'
import { claimOf } from '../../helpers/deposits.ts'
import { startLightNetwork } from '../../helpers/light-network.ts'
import { hear, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork
let trustee: RunningTrustee

beforeAll(async () => {
  network = await startTrusteeNetwork()
  trustee = await network.start()
})
afterAll(() => network.close())

const answers = async () => {}
const fails = async () => {
  throw new Error('away')
}

test.each([
  [200, [], { probe: answers, askNode: answers, isListening: true }],
  [503, ['store.unavailable'], { probe: fails, askNode: answers, isListening: true }],
  [503, ['node.unavailable'], { probe: answers, askNode: fails, isListening: true }],
  [503, ['node.unavailable'], { probe: answers, askNode: answers, isListening: false }],
  [503, ['store.unavailable', 'node.unavailable'], { probe: fails, askNode: fails, isListening: false }],
])('/readyz answers %i and names what is missing: %j', async (status, missing, { probe, askNode, isListening }) => {
  const app = createApp('silent')
  addRoutes(app, { store: { probe }, metrics: createMetrics(), askNode, isListening: () => isListening })
  const given = await app.inject({ url: '/readyz' })
  expect([given.statusCode, given.headers['cache-control'], given.json().missing]).toEqual([
    status,
    'no-store',
    missing,
  ])
  await app.close()
})

test('a trustee is ready while its node is there, and alive without it', async () => {
  const node = await startLightNetwork()
  const options = { node: node.url, dataDir: undefined, metricsPort: 0, logLevel: 'silent', requestBits: 1 } as const
  const alone = await startTrustee(options, {})
  const ask = async (path: string) => (await fetch(`${alone.metricsUrl}${path}`)).json()
  await expect.poll(() => ask('/readyz')).toEqual({ status: 'ready', missing: [] })
  await node.close()
  await expect.poll(() => ask('/readyz')).toEqual({ status: 'not ready', missing: ['node.unavailable'] })
  expect(await ask('/healthz')).toEqual({ status: 'ok' })
  await alone.close()
})

test('/metrics counts what was taken, refused and handed out, and names nobody', async () => {
  const made = await network.depositAt(trustee, 0x21)
  await network.appear(made.keyring)
  await network.depositor.send(trustee.address, { ...made.deposit, letter: new Uint8Array(32).fill(1) })
  await made.channel.say(await claimOf(0x21, [made.deposit.letter], made.keyring))
  await made.channel.say(new Uint8Array(1024))
  await hear(made, 'share')
  const read = async () => (await fetch(`${trustee.metricsUrl}/metrics`)).text()
  await expect.poll(read).toContain('pennypost_channel_messages_ignored_total 1')
  const text = await read()
  for (const line of [
    'pennypost_deposits 1',
    'pennypost_deposits_taken_total 1',
    'pennypost_deposits_acknowledged_total 1',
    'pennypost_claims_answered_total 1',
    'pennypost_deposits_refused_total{code="deposit.taken"} 1',
  ])
    expect(text.split('\n')).toContain(line)
  const { letter, recipient, share } = made.deposit
  for (const secret of [letter, recipient, share, Buffer.from(trustee.address.slice(2), 'hex')])
    expect(text.toLowerCase()).not.toContain(Buffer.from(secret).toString('hex'))
})
