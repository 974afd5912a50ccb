import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type SignedCheckpoint } from '@pennypost/sdk/codec'
import { equalBytes, toBytes32 } from '@pennypost/sdk/crypto'
import { BaseError, checkpointDigest, signersOf } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../plugins/clock.ts'
import { makeCheckpoint, type Network, type Schedule } from '../checkpoints/index.ts'
import type { Metrics } from '../metrics.ts'
import type { ProverStore } from '../store/index.ts'
import { digestNameOf } from './evidence.ts'
import { type Dispute, findDisputes } from './find-disputes.ts'
import type { Disputer } from './send-dispute.ts'

/** Who serves checkpoints: a node or a prover of the network. */
export type CheckpointSource = {
  readonly url: string
  /** Signed checkpoints after a number, oldest first. */
  readonly read: (after: bigint) => Promise<readonly SignedCheckpoint[]>
  /** One that is still to be signed by others, where there is one. */
  readonly proposal?: (() => Promise<SignedCheckpoint | undefined>) | undefined
}

type Options = {
  readonly sources: () => readonly CheckpointSource[]
  readonly store: ProverStore
  readonly network: Network
  readonly schedule: Schedule
  readonly capacity: number
  readonly dispute: Disputer
  readonly clock: Clock
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  readonly metrics: Pick<Metrics, 'faults' | 'falseCheckpoints'>
}

/** A checkpoint that is not what the chain makes of its moment, and what became of it. */
export type Finding = {
  readonly source: string
  readonly sequence: string
  /** Hex. */
  readonly digest: string
  readonly signers: readonly string[]
  /** `open` while the chain has not been read that far; `true` where the registry finds nothing false in it. */
  readonly status: 'open' | 'slashed' | 'possible' | 'true'
  /** The call of the registry that took the bonds, or would. */
  readonly call: string | undefined
}

type Entry = Finding & {
  readonly signed: SignedCheckpoint
  readonly previous: Checkpoint | undefined
  looks: number
  tried: number
}

/** Findings that are kept, and calls that are sent in a day: what others sign must not empty the purse of who watches. */
const mostFindings = 256
const mostNumbers = 64
const mostTwins = 4
const callsPerDay = 24
const looksUntilTrue = 20
const judgedPerLook = 8

/** Reads what nodes and provers serve, compares it with the chain, and has those slashed who signed something false. */
export class CheckpointWatcher {
  readonly #options: Options
  readonly #entries = new Map<string, Entry>()
  /** By the source: the last checkpoint that it served. */
  readonly #last = new Map<string, Checkpoint>()
  /** By number: what was seen under known signatures, of the newest numbers. */
  readonly #seen = new Map<bigint, readonly SignedCheckpoint[]>()
  #sent: number[] = []

  constructor(options: Options) {
    this.#options = options
  }

  /** What was found since the start, the oldest first. */
  get findings(): Finding[] {
    return [...this.#entries.values()].map(
      ({ signed: _, previous: __, looks: ___, tried: ____, ...finding }) => finding,
    )
  }

  /** One look at every source, and one at every finding that is open. */
  async look(): Promise<void> {
    if ((await this.#options.store.officeBegins()) === undefined) return // nothing is known yet to compare with
    for (const source of this.#options.sources()) {
      await this.#try(source.url, () => this.#readOn(source))
      await this.#try(source.url, () => this.#readProposal(source))
    }
    const open = [...this.#entries.values()].filter(({ status }) => status === 'open')
    for (const entry of open.sort((a, b) => a.tried - b.tried).slice(0, judgedPerLook)) {
      await this.#try(entry.source, () => this.#judge(entry))
    }
  }

  async #readOn({ url, read }: CheckpointSource): Promise<void> {
    const last = this.#last.get(url)
    for (const signed of await read(last?.sequence ?? 0n)) {
      const before = this.#last.get(url)
      const checkpoint = decodeCheckpoint(signed.checkpoint)
      if (checkpoint.sequence <= (before?.sequence ?? 0n)) continue
      await this.#examine(url, signed, before)
      this.#last.set(url, checkpoint)
    }
  }

  async #readProposal({ url, proposal }: CheckpointSource): Promise<void> {
    const signed = await proposal?.()
    if (signed) await this.#examine(url, signed, this.#last.get(url))
  }

  /** Keeps what bonded signers have signed and the chain would not have made. */
  async #examine(source: string, signed: SignedCheckpoint, before: Checkpoint | undefined): Promise<void> {
    const checkpoint = decodeCheckpoint(signed.checkpoint)
    const digest = digestNameOf(signed)
    if (this.#entries.has(digest)) return
    const signers = await this.#signersOf(signed)
    if (signers.length === 0) return
    const previous = this.#previousOf(checkpoint, before)
    this.#remember(checkpoint.sequence, signed)
    if (await this.#isMade(checkpoint, previous)) return
    const { sequence } = checkpoint
    const found = { source, sequence: String(sequence), digest, signers, status: 'open', call: undefined } as const
    this.#entries.set(digest, { ...found, signed, previous, looks: 0, tried: 0 })
    for (const [oldest] of this.#entries) if (this.#entries.size > mostFindings) this.#entries.delete(oldest)
  }

  /** Who of those that ever were in office has signed. */
  async #signersOf(signed: SignedCheckpoint): Promise<readonly string[]> {
    const offices = await this.#options.store.offices()
    return signersOf(
      signed,
      offices.flatMap(({ signers }) => signers),
    )
  }

  /** The one that is named as the one before: of the same source, or of this prover's own chain. */
  #previousOf({ previous, sequence }: Checkpoint, before: Checkpoint | undefined): Checkpoint | undefined {
    const seen = (this.#seen.get(sequence - 1n) ?? []).map(({ checkpoint }) => decodeCheckpoint(checkpoint))
    return [before, ...seen].find((one) => one && equalBytes(checkpointDigest(one), previous))
  }

  #remember(sequence: bigint, signed: SignedCheckpoint): void {
    const seen = this.#seen.get(sequence) ?? []
    if (seen.length === mostTwins || seen.some((one) => digestNameOf(one) === digestNameOf(signed))) return
    this.#seen.set(sequence, [...seen, signed])
    for (const [oldest] of this.#seen) if (this.#seen.size > mostNumbers) this.#seen.delete(oldest)
  }

  /** Whether the chain makes this very checkpoint of its moment. */
  async #isMade(checkpoint: Checkpoint, previous: Checkpoint | undefined): Promise<boolean> {
    const { store, schedule, network } = this.#options
    const [operations, issuedAt] = [Number(checkpoint.operations), Number(checkpoint.issuedAt)]
    const [head] = await store.ledgerBlocks()
    const place = head && { block: checkpoint.blockNumber, operations, issuedAt, head }
    const said = place && (await schedule.at?.(previous, place))
    const position = await store.position(operations)
    if (!said || said === 'ahead' || !position) return false
    const covered = {
      logHash: position.chain,
      root: toBytes32(position.root),
      roots: await store.roots(Number(previous?.operations ?? 0n), operations),
      trees: await store.trees(operations),
    }
    const made = makeCheckpoint(network, previous, { ...said, ...covered })
    return equalBytes(encodeCheckpoint(made), encodeCheckpoint(checkpoint))
  }

  async #judge(entry: Entry): Promise<void> {
    const { store, capacity } = this.#options
    const { signed, digest } = entry
    entry.tried += 1
    const before = this.#previousOf(decodeCheckpoint(signed.checkpoint), this.#last.get(entry.source))
    const previous = entry.previous ?? before
    const twins = (this.#seen.get(BigInt(entry.sequence)) ?? []).filter((one) => digestNameOf(one) !== digest)
    for await (const dispute of findDisputes(signed, { store, capacity, previous, twins })) {
      if (!this.#maySend()) return
      const ruling = await this.#options.dispute(dispute, () => this.#sent.push(this.#options.clock()))
      if (typeof ruling !== 'object') return this.#tell(entry, ruling, dispute.functionName)
    }
    if (await this.#isAhead(signed)) return
    entry.looks += 1
    if (entry.looks >= looksUntilTrue) this.#entries.set(digest, { ...entry, status: 'true' })
  }

  #tell(entry: Entry, status: 'slashed' | 'possible', call: Dispute['functionName']): void {
    const { log, metrics } = this.#options
    const { source, sequence, digest, signers } = entry
    this.#entries.set(digest, { ...entry, status, call })
    metrics.falseCheckpoints.inc({ call })
    const facts = { code: 'checkpoint.false', source, sequence, digest, signers, call, status }
    log.error(facts, 'A false checkpoint was signed.')
  }

  /** Whether the chain has not been read as far as a checkpoint goes. */
  async #isAhead({ checkpoint }: SignedCheckpoint): Promise<boolean> {
    const { blockNumber, operations } = decodeCheckpoint(checkpoint)
    const [head] = await this.#options.store.ledgerBlocks()
    return !head || blockNumber > head.number || !(await this.#options.store.position(Number(operations)))
  }

  #maySend(): boolean {
    const day = this.#options.clock() - 86_400
    this.#sent = this.#sent.filter((at) => at > day)
    return this.#sent.length < callsPerDay
  }

  /** What one source says, or cannot say, has no part in what others do. */
  async #try(source: string, step: () => Promise<void>): Promise<void> {
    try {
      await step()
    } catch (error) {
      const code = error instanceof BaseError ? error.code : 'server.failed'
      this.#options.metrics.faults.inc({ code })
      if (!(error instanceof BaseError))
        this.#options.log.warn({ err: error, source }, 'A source of checkpoints failed.')
    }
  }
}
