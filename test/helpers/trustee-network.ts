import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { encodeContact, envelopeToJson, ownedTopic } from '../../sdk/codec/index.ts'
import { createToken, type Keyring } from '../../sdk/identity/index.ts'
import { type RunningTrustee, startTrustee, type TrusteeOptions } from '../../service/trustee/index.ts'
import { keyringOf } from './accounts.ts'
import { createDepositor, type MadeDeposit } from './deposits.ts'
import { startLightNetwork } from './light-network.ts'

const hidden = { dataDir: undefined, metricsPort: 0, logLevel: 'silent', rule: 'everyone', requestBits: 1 } as const
const beatMs = 50

export type TrusteeNetwork = Awaited<ReturnType<typeof startTrusteeNetwork>>

/** A node in memory, one who deposits there, and trustees whose clock a test moves. */
export async function startTrusteeNetwork() {
  const network = await startLightNetwork()
  const depositor = await createDepositor(network.url)
  const clock: { ahead: number; at?: number | undefined } = { ahead: 0 }
  const running = new Set<RunningTrustee>()
  const folders: string[] = []

  async function start(options: Partial<TrusteeOptions> = {}): Promise<RunningTrustee> {
    const now = () => clock.at ?? Date.now() / 1000 + clock.ahead
    const trustee = await startTrustee({ node: network.url, ...hidden, ...options }, { beatMs, clock: now })
    running.add(trustee)
    return trustee
  }

  async function stop(trustee: RunningTrustee): Promise<void> {
    running.delete(trustee)
    await trustee.close()
  }

  return {
    url: network.url,
    depositor,
    clock,
    start,
    stop,
    /** A folder for what a trustee keeps, which goes with the network. */
    async makeDataDir(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'pennypost-trustee-'))
      folders.push(folder)
      return folder
    },
    appear: (keyring: Keyring) => appear(network.url, keyring),
    /** A deposit for the account whose key repeats a byte, which a trustee has acknowledged. */
    async depositAt(
      to: Pick<RunningTrustee, 'address'>,
      byte: number,
      changes: Parameters<typeof depositor.make>[1] = {},
    ) {
      const keyring = await keyringOf(byte)
      const made = await depositor.make(keyring.identity.address, changes)
      await depositor.send(to.address, made.deposit)
      await hear(made, 'acknowledgement')
      return { ...made, keyring }
    },
    async close() {
      for (const trustee of running) await trustee.close()
      await network.close()
      for (const folder of folders) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Publishes an account's keys, as its first login does. */
async function appear(url: string, { identity }: Keyring): Promise<void> {
  const timestampNs = BigInt(Date.now()) * 1_000_000n
  const contentTopic = ownedTopic('contact', identity.address)
  const message = encodeContact(identity.bundle, 'v2')
  const answer = await fetch(`${url}/message/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${createToken(identity, timestampNs)}` },
    body: JSON.stringify({ envelopes: [envelopeToJson({ contentTopic, timestampNs, message })] }),
  })
  expect(answer.status).toBe(200)
}

type OnChannel = Pick<MadeDeposit, 'channel'>

/** What was said of one kind on a channel. */
export const said = async ({ channel }: OnChannel, kind: string) =>
  (await channel.read()).filter((message) => message.case === kind).map(({ value }) => value)

/** The same, as soon as there are so many. */
export async function hear<T>(on: OnChannel, kind: string, count = 1): Promise<T[]> {
  await expect.poll(async () => (await said(on, kind)).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count)
  return (await said(on, kind)) as T[]
}

/** What a trustee has counted: the sum over all codes, or of one. */
export async function countOf({ metricsUrl }: Pick<RunningTrustee, 'metricsUrl'>, name: string, code?: string) {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(name) && (!code || line.includes(`"${code}"`)))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
