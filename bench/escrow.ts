import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { privateKeyToAccount } from 'viem/accounts'
import { decodeDeposit } from '../sdk/codec/index.ts'
import { randomBytes, toHex } from '../sdk/crypto/index.ts'
import type { TrusteeAccount } from '../sdk/index.ts'
import { openLetter } from '../sdk/letters/index.ts'
import { parseRule } from '../sdk/policy/index.ts'
import { openPglite } from '../service/plugins/database/index.ts'
import { createBook } from '../service/trustee/book.ts'
import { createDeposits } from '../service/trustee/deposits.ts'
import { startTrustee } from '../service/trustee/index.ts'
import { createMetrics } from '../service/trustee/metrics.ts'
import { createSqlStore } from '../service/trustee/store/index.ts'
import { createVault } from '../service/trustee/vault.ts'
import { bundleForBrowsers, chromiumPath, startPages } from '../test/helpers/browser.ts'
import { startLightNetwork, textsOf } from '../test/helpers/light-network.ts'
import { deviceOf } from '../test/helpers/network.ts'
import { dealAndSeal, reader, threshold, topic, trustees } from './deal-and-seal.ts'
import { interleave, median, type Row, rowOf, timed } from './row.ts'

const deposits = 200
const [senders, lettersOfEach] = [5, 4]

/** What the key of a letter to an account without keys costs: its sender, each trustee, and its reader. */
export async function benchEscrow(): Promise<Row[]> {
  const deal = await interleave(9, [() => timed(1, dealAndSeal)])
  const store = await interleave(3, [depositsInASecond])
  const read = await timeReading()
  const [ms = 0, perSecond = 0] = [deal[0], store[0]]
  return [
    rowOf('deal and seal for 3 of 5', ms, 60, { beside: 'its bound', goal: { atMost: 1 } }),
    ...(await benchInBrowser()),
    {
      name: 'verify and store deposits, PGlite',
      beside: 'its bound',
      subject: perSecond,
      anchor: 200,
      ratio: perSecond / 200,
      goal: { atLeast: 1 },
      unit: '/s',
    },
    rowOf('log in to 20 letters, and read them', read, 3_000, { beside: 'its bound', goal: { atMost: 1 } }),
  ]
}

/** The same in a page, after the first time, in which everything is compiled; nothing where there is no browser. */
async function benchInBrowser(): Promise<Row[]> {
  if (!chromiumPath) return []
  const contents = "import { dealAndSeal } from './deal-and-seal.ts'\nwindow.dealAndSeal = dealAndSeal"
  const { files } = await bundleForBrowsers({ stdin: { contents, resolveDir: import.meta.dirname }, minify: true })
  const html = '<!doctype html><script type="module" src="/stdin.js"></script>'
  const pages = await startPages(new Map<string, Uint8Array | string>([...files, ['/index.html', html]]), { keys: '' })
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    await page.goto(pages.url)
    const times = await page.evaluate(timeDealing)
    const [first = 0, ...rest] = times
    const options = { beside: 'its bound', goal: { atMost: 1 } } as const
    return [
      rowOf('in Chromium', median(rest), 150, options),
      rowOf('in Chromium, the first of a page', first, 150, options),
    ]
  } finally {
    await browser.close()
    await pages.close()
  }
}

/** Milliseconds of ten times; runs in the page. */
function timeDealing(): number[] {
  const { dealAndSeal } = window as unknown as { dealAndSeal(): unknown }
  return Array.from({ length: 10 }, () => {
    const start = performance.now()
    dealAndSeal()
    return performance.now() - start
  })
}

/** A trustee's whole work on a letter but for the word that it holds it. */
async function depositsInASecond(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-bench-'))
  const database = await openPglite('trustee', folder)
  const taking = createDeposits(
    {
      account: { nodeKey: new Uint8Array(32) } as TrusteeAccount, // names the place in the node's letters; nothing is sent
      store: await createSqlStore(database),
      vault: createVault(randomBytes(32)),
      book: createBook(),
      config: { mostDeposits: 100_000, mostOfRecipient: 1_024, longestDays: 400 },
      metrics: createMetrics(),
      log: { warn: () => undefined },
      clock: () => Date.now() / 1000,
      signal: new AbortController().signal,
    },
    { acknowledge: () => undefined, refuse: (_, code) => fail(code) },
  )
  const letters = Array.from({ length: deposits / trustees }, () => dealAndSeal().slice(0, trustees)).flat()
  const ms = await timed(1, async () => {
    for (const [i, letter] of letters.entries()) {
      const { deposit } = openLetter(letter, { topic, secret: reader.secret })
      await taking.receive({ sequence: BigInt(i + 1), deposit: decodeDeposit(deposit) })
    }
  })
  await database.close()
  await rm(folder, { recursive: true, force: true })
  return (1_000 * letters.length) / ms
}

const fail = (code: string): never => {
  throw new Error(code)
}

/** From the first login of an account to all letters that waited for it, with its trustees on the same machine. */
async function timeReading(): Promise<number> {
  const rule = 'work 1'
  const network = await startLightNetwork({ unattendedRule: parseRule(rule) })
  const hidden = { node: network.url, dataDir: undefined, metricsPort: 0, logLevel: 'silent', requestBits: 1 } as const
  const keep = Array.from({ length: trustees }, () => startTrustee({ ...hidden, rule: 'everyone' }, { beatMs: 100 }))
  const kept = await Promise.all(keep)
  const escrow = { trustees: kept.map(({ address }) => address), threshold }
  const wallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
  const terms = () => ({ network: { requestBits: 1, unattendedRule: rule }, ...deviceOf() })
  const owner = wallet()
  for (let sender = 0; sender < senders; sender++) {
    const client = await network.client(wallet(), terms())
    for (let letter = 0; letter < lettersOfEach; letter++) {
      const about = { context: { conversationId: `letter ${letter}` } }
      const sent = await (await client.conversations.new(owner.address, about)).send('gm', { escrow })
      if (!sent.ok) throw new Error(sent.message)
    }
    await client.close()
  }
  const ms = await timed(1, async () => {
    const client = await network.client(owner, terms())
    while ((await textsOf(client)).length < senders * lettersOfEach) await new Promise((done) => setTimeout(done, 20))
  })
  await network.close()
  await Promise.all(kept.map((trustee) => trustee.close()))
  return ms
}
