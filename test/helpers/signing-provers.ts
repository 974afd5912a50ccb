import { type Checkpoint, decodeCheckpoint, decodeSignedCheckpoint, type NetworkTerms } from '../../sdk/codec/index.ts'
import { networkIdOf, zeroAddress } from '../../sdk/crypto/index.ts'
import { unsaidTerms } from '../../sdk/verifier/index.ts'
import { type Database, openPostgres } from '../../service/plugins/database/index.ts'
import {
  createChainSchedule,
  createMemoryJournal,
  createSigner,
  Issuer,
  makeKey,
  type Peer,
  type Proposals,
} from '../../service/prover/checkpoints/index.ts'
import { Indexer } from '../../service/prover/indexer/index.ts'
import { Ledger } from '../../service/prover/ledger/index.ts'
import { createSqlStore, type LedgerEvent, type ProverStore } from '../../service/prover/store/index.ts'
import { capacity, type FakeChain } from './fake-chain.ts'
import { startPostgres } from './postgres.ts'

/** What all provers of these tests sign for. */
export const signedNetwork = {
  networkId: networkIdOf('test'),
  chainId: 1n,
  noteTree: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  registry: '0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0',
} as const

export const day = 86_400

type Place = { readonly block: number; readonly logIndex?: number }
type Seated = { readonly signers: readonly string[]; readonly threshold?: number; readonly endsAt?: number | undefined }

/** Somebody takes office at a block, or nobody is left in it. */
export function takesOffice(chain: FakeChain, { signers, ...rest }: Seated & Place): LedgerEvent {
  const { block, logIndex = 0, threshold = Math.floor(signers.length / 2) + 1, endsAt = 1_000_000 } = rest
  const seated = signers.length === 0 ? { threshold: 0, endsAt: 0 } : { threshold, endsAt }
  const place = { block: BigInt(block), logIndex, time: chain.timeOf(BigInt(block)) }
  return { kind: 'office', ...place, signers: signers as `0x${string}`[], ...seated }
}

/** Terms are set at a block. */
export const setsTerms = (chain: FakeChain, { block, logIndex = 1, ...terms }: Place & Partial<NetworkTerms>) =>
  ({
    kind: 'terms',
    block: BigInt(block),
    logIndex,
    terms: { ...unsaidTerms, checkpointSeconds: 100, classes: chain.noteClasses, nodes: [], ...terms },
  }) satisfies LedgerEvent

/** A stake's secret is out from a block on. */
export const leaks = (secret: bigint, { block, until = 1_000_000 }: Place & { until?: number }): LedgerEvent => ({
  kind: 'leaked',
  block: BigInt(block),
  logIndex: 2,
  secret,
  until,
})

/** Nothing here is to survive a power cut. */
const unhurried = encodeURIComponent('-c synchronous_commit=off')
const tables = [
  'deployment',
  'operations',
  'blocks',
  'checkpoints',
  'ledger_source',
  'ledger_blocks',
  'leaks',
  'registry',
]

type IssuerOptions = ConstructorParameters<typeof Issuer>[0]

/** How a prover differs from others. */
export type ProverChanges = Partial<Omit<IssuerOptions, 'chain'>> & {
  readonly maxRoots?: number | undefined
  /** The most blocks that it reads at once. */
  readonly range?: bigint | undefined
}

export type SigningProver = Awaited<ReturnType<Awaited<ReturnType<typeof startStores>>['prover']>>

/** Databases for provers that follow a chain in memory and take their word from its registry. */
export async function startStores() {
  const postgres = await startPostgres()
  const free: Database[] = []
  const all: Database[] = []
  const databaseOf = new WeakMap<ProverStore, Database>()

  async function emptyStore(): Promise<ProverStore> {
    const known = free.pop()
    const database = known ?? (await openPostgres('test', `${await postgres.database()}?options=${unhurried}`))
    const store = await createSqlStore(database)
    if (known) await known.script(tables.map((table) => `delete from ${table};`).join(''))
    else all.push(database)
    databaseOf.set(store, database)
    return store
  }

  /** A prover of a chain, with a store of its own. */
  async function prover(chain: FakeChain, { maxRoots, range, ...changes }: ProverChanges = {}) {
    const store = changes.store ?? (await emptyStore())
    const signer = changes.signer ?? createSigner(makeKey())
    const journal = changes.journal ?? createMemoryJournal()
    const source = { chain, store, fromBlock: 1n, range }
    const indexer = new Indexer({ ...source, capacity })
    const ledger = new Ledger({ ...source, contracts: [zeroAddress] })
    const schedule = createChainSchedule({ chain, store, maxRoots })
    const common = { chain, store, journal, signer, network: signedNetwork, schedule, clock: () => 0 }
    const issuer = new Issuer({ ...common, mayBegin: () => true, confirm: async () => {}, ...changes })
    return {
      store,
      signer,
      journal,
      issuer,
      address: signer.address,
      /** What waits for signatures. */
      proposed: () => (issuer.proposed ? decodeSignedCheckpoint(issuer.proposed) : undefined),
      /** Looks at the chain once; how many checkpoints got all their signatures. */
      async look(head?: bigint): Promise<number> {
        const seen = head === undefined ? await chain.head() : await chain.block(head)
        if (!seen) throw new RangeError('There is no such block.')
        const { block } = await indexer.sync(seen)
        if (!block || !(await indexer.verify(block)) || !(await ledger.sync(block))) return 0
        return await issuer.issue(block)
      },
      sealed: () => store.signedAfter(0n, 1_000),
      async checkpoints(): Promise<Checkpoint[]> {
        const sealed = await store.signedAfter(0n, 1_000)
        return sealed.map((bytes) => decodeCheckpoint(decodeSignedCheckpoint(bytes).checkpoint))
      },
    }
  }

  return {
    prover,
    /** Loses the newest checkpoints of a store. */
    async forget(store: ProverStore, count: number): Promise<void> {
      const newest = 'select sequence from checkpoints order by sequence desc limit $1'
      const text = `delete from checkpoints where sequence in (${newest})`
      await databaseOf.get(store)?.write([{ text, values: [count] }])
    },
    /** Gives all databases to the provers of the next test. */
    reuse(): void {
      free.splice(0, free.length, ...all)
    },
    async close(): Promise<void> {
      for (const database of all) await database.close()
      await postgres.stop()
    },
  }
}

/** What a prover has, as it serves it to others. */
export const pageOf =
  ({ sealed }: Pick<SigningProver, 'sealed'>): Peer =>
  async (after) =>
    (await sealed()).slice(Number(after)).map((bytes) => decodeSignedCheckpoint(bytes))

/** What provers offer to another to sign. */
export const offersOf = (provers: readonly Pick<SigningProver, 'proposed'>[]): Proposals =>
  async function* () {
    for (const prover of provers) {
      const offered = prover.proposed()
      if (offered) yield offered
    }
  }
