import { openTrustee, type TrusteeAccount } from '@pennypost/sdk'
import { pause } from '@pennypost/sdk/async'
import { decodeDeposit } from '@pennypost/sdk/codec'
import { type Address, fromHex } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { privateKeyToAccount } from 'viem/accounts'
import { type Clock, wallClock } from '../plugins/clock.ts'
import {
  type Database,
  logDatabase,
  type MeasuredDatabase,
  measureDatabase,
  openPglite,
  openPostgres,
} from '../plugins/database/index.ts'
import { showSettings } from '../plugins/show-settings.ts'
import { Acknowledgements } from './acknowledgements.ts'
import { addRoutes, createApp } from './app.ts'
import { createBook, entryOf } from './book.ts'
import { Channels } from './channels.ts'
import { Claims } from './claims.ts'
import { completeConfig, type TrusteeConfig, type TrusteeOptions, trusteeSettings } from './config.ts'
import type { Context } from './context.ts'
import { createDeposits, type Deposits, lettersOf } from './deposits.ts'
import { codeOf } from './fault-code.ts'
import { loadKey } from './keys.ts'
import { createMetrics } from './metrics.ts'
import { createSend } from './send.ts'
import { createSqlStore } from './store/index.ts'
import { createVault, type Vault } from './vault.ts'

/** What reaches out of the process, for those who replace it. */
export type TrusteeEdges = {
  readonly clock?: Clock | undefined
  /** What its account goes by toward the node. */
  readonly accountClock?: Clock | undefined
  /** Between two looks at what was left undone, in milliseconds; 60,000 unless given. */
  readonly beatMs?: number | undefined
}

/** A trustee that runs. */
export type RunningTrustee = {
  /** The account that senders name. */
  readonly address: Address
  /** Where its operator is answered: `/metrics`. */
  readonly metricsUrl: string
  /** Deletes what has ended, as is done hourly. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a trustee: an account that holds shares of letters to those who have no keys yet, and hands them out to them.
 *
 * @example
 * ```ts
 * import { startTrustee } from '@pennypost/service/trustee'
 *
 * const trustee = await startTrustee({ node: 'http://127.0.0.1:5555' })
 * console.log(`Senders name ${trustee.address} as a trustee.`)
 * await trustee.close()
 * ```
 */
export async function startTrustee(options: TrusteeOptions, edges: TrusteeEdges = {}): Promise<RunningTrustee> {
  const config = completeConfig(options)
  const metrics = createMetrics()
  const database = measureDatabase(await openDatabase(config), metrics.registry)
  try {
    return await startOn(database, config, { ...edges, metrics })
  } catch (error) {
    await database.close()
    throw error
  }
}

const openDatabase = ({ dataDir, databaseUrl }: TrusteeConfig): Promise<Database> =>
  databaseUrl ? openPostgres('trustee', databaseUrl) : openPglite('trustee', dataDir)

type Watched = TrusteeEdges & Pick<Context, 'metrics'>

async function startOn(
  database: MeasuredDatabase,
  config: TrusteeConfig,
  { clock = wallClock, accountClock = wallClock, beatMs = 60_000, metrics }: Watched,
): Promise<RunningTrustee> {
  const closing = new AbortController()
  const { signal } = closing
  const store = await createSqlStore(database)
  const { dataDir } = config
  const vault = createVault(fromHex(await loadKey(config.storageKey, { dataDir, name: 'storage' })))
  const book = await readBook({ store, vault })
  metrics.deposits.set(book.size)
  const account = await logIn(config, accountClock)
  const app = createApp(config.logLevel)
  const context: Context = { account, store, vault, book, config, metrics, log: app.log, clock, signal }
  try {
    tellStart(app.log, config, database)
    const work = createWork(context, beatMs)
    addRoutes(app, { store, metrics, isListening: work.isListening, askNode: () => askNode(context) })
    const metricsUrl = await app.listen({ host: config.metricsHost, port: config.metricsPort })
    const running = work.run()
    app.log.info({ address: account.address, metricsUrl, deposits: book.size }, 'The trustee is running.')
    return {
      address: account.address,
      metricsUrl,
      sweep: work.sweep,
      close: () => close(app, { work, running, account, store, closing }),
    }
  } catch (error) {
    account.close()
    await app.close()
    throw error
  }
}

type Closing = Pick<Context, 'account' | 'store'> & {
  readonly work: ReturnType<typeof createWork>
  readonly running: Promise<unknown>
  readonly closing: AbortController
}

async function close(app: FastifyInstance, { work, running, account, store, closing }: Closing): Promise<void> {
  app.log.info('The trustee is closing.')
  closing.abort(new Error('The trustee is closing.'))
  await running
  await work.close()
  account.close()
  await app.close()
  await store.close()
}

async function logIn(config: TrusteeConfig, now: Clock): Promise<TrusteeAccount> {
  const { node, network: name, signers, floor, defaultRule, requestBits, walletKey, dataDir, rule } = config
  const wallet = privateKeyToAccount(await loadKey(walletKey, { dataDir, name: 'wallet' }))
  const network = { name, floor, defaultRule, requestBits, ...(signers.length > 0 && { signers }) }
  const account = await openTrustee(wallet, { node, network, now })
  const published = await account.publishRule(rule)
  if (published.ok) return account
  account.close()
  throw new RuleRefusedError(`The node has not taken the rule: ${published.message}`)
}

/** All that is in the database, as it is remembered. */
async function readBook({ store, vault }: Pick<Context, 'store'> & { readonly vault: Vault }) {
  const book = createBook()
  for (let after = 0; ; ) {
    const rows = await store.page(after, 1_000)
    for (const row of rows) book.add(entryOf(row, decodeDeposit(vault.open(row.sealed, row.id))))
    const last = rows.at(-1)
    if (!last) return book
    after = last.number
  }
}

function tellStart(log: FastifyBaseLogger, config: TrusteeConfig, database: MeasuredDatabase): void {
  log.info({ settings: showSettings(trusteeSettings, config) }, 'Starting with these settings.')
  logDatabase(database, log)
}

/** All that a trustee does by itself. */
function createWork(context: Context, beatMs: number) {
  const { store, book, metrics, clock, signal } = context
  const send = createSend(context)
  const claims = new Claims(context, send)
  const channels = new Channels(context, (entry, message) => claims.receive(entry, message))
  const acknowledgements = new Acknowledgements(context, { channels, send })
  const deposits = createDeposits(context, {
    acknowledge: (entry) => acknowledgements.add(entry),
    refuse: (deposit, code) => void send(deposit, { case: 'refused', value: { code, keyId: new Uint8Array() } }),
  })
  const reading = { isListening: false }
  let sweptAt = clock()

  async function sweep(): Promise<void> {
    for (const number of await store.sweep(Math.floor(clock()))) book.remove(number)
    metrics.deposits.set(book.size)
    claims.forget()
    channels.prune()
    sweptAt = clock()
  }
  async function beat(): Promise<void> {
    await pause(beatMs, signal)
    acknowledgements.addMissing()
    await claims.again()
    if (clock() >= sweptAt + 3_600) await sweep()
  }
  async function begin(): Promise<void> {
    await channels.listen([...book.all()])
    acknowledgements.addMissing()
    const steps = [() => readLetters(context, deposits, reading), () => acknowledgements.run(), beat]
    await Promise.all(steps.map((step) => forEver(context, step)))
  }
  return {
    isListening: () => reading.isListening,
    run: () => begin().catch((error) => (signal.aborted ? undefined : Promise.reject(error))),
    sweep,
    async close() {
      await channels.close()
      await deposits.save()
    },
  }
}

async function readLetters(
  context: Context,
  deposits: Pick<Deposits, 'receive'>,
  reading: { isListening: boolean },
): Promise<void> {
  const { account, store, signal } = context
  const letters = account.deposits(await store.position(lettersOf(context)), signal)
  reading.isListening = true
  try {
    for await (const received of letters) await deposits.receive(received)
  } finally {
    reading.isListening = false
  }
}

/** Whether its own keys can be read there. */
async function askNode({ account, signal }: Context): Promise<void> {
  await account.publishedKey(account.address, signal)
}

/** Between two tries of what fails. */
const retryMs = 1_000

/** Again and again until the trustee closes, whatever fails. */
async function forEver({ metrics, log, signal }: Context, step: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await step()
    } catch (error) {
      if (signal.aborted) return
      const code = codeOf(error)
      metrics.faults.inc({ code })
      log.warn({ code }, 'Something failed; it is tried again.')
      await pause(retryMs, signal).catch(() => undefined)
    }
  }
}

/** The node does not let the account say who may deposit. */
export class RuleRefusedError extends BaseError {
  readonly code = 'trustee.rule-refused'
}
