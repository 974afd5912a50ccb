import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { addressToBytes, equalBytes, toBytes32, toHex } from '@pennypost/sdk/crypto'
import { checkpointDigest } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import { ProverUnavailableError } from '../../plugins/read-checkpoints.ts'
import type { ChainReader, SignerSet } from '../chain/index.ts'
import type { BlockRef, CheckpointRecord, LogPosition, ProverStore } from '../store/index.ts'
import { ChainStaleError, SignerForgotError, SignerNotInForceError, SignersTooManyError, shrunk } from './faults.ts'
import type { Journal } from './journal.ts'
import { type Moment, makeCheckpoint, type Network } from './make-checkpoint.ts'
import type { Peers } from './peers.ts'
import type { Signer } from './signer.ts'
import { signersAfter, takeUp } from './take-up.ts'

type Options = {
  readonly chain: ChainReader
  readonly store: ProverStore
  readonly journal: Journal
  readonly signer: Signer
  readonly network: Network
  /** Whose signatures count on the first checkpoint of the network; this prover's unless given. */
  readonly genesis?: SignerSet | undefined
  /** What others of the network have signed after a number, to be taken up before more is signed. */
  readonly peers?: Peers | undefined
  /** Secrets that a checkpoint at a block announces; none by default. */
  readonly leaks?: (at: Pick<Moment, 'block' | 'classes'>) => Promise<readonly Uint8Array[]>
  /** Seconds after which a checkpoint is made although nothing happened but new blocks. */
  readonly interval: number
  readonly clock: Clock
  /** Whether this prover may sign the first checkpoint of all. */
  readonly mayBegin: () => boolean
  /** The most roots in one checkpoint; a log that grew by more takes several. 1,024 by default. */
  readonly maxRoots?: number | undefined
}

/**
 * Makes and signs checkpoints, each the one after the last. A checkpoint is in the store and on the disk before a signature
 * exists; so one number never stands for two different checkpoints, whenever the process dies.
 */
export class Issuer {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  /** Once, at the start: a checkpoint that the journal remembers and the store does not takes its number there. */
  async recover(): Promise<void> {
    const { store } = this.#options
    const kept = await this.#journaled()
    if (!kept) return
    const { sequence, operations, logHash } = decodeCheckpoint(kept)
    const newest = await store.newestProposal()
    if (newest && newest.sequence >= sequence) return
    await store.propose({ sequence, checkpoint: kept, operations: Number(operations), logHash })
  }

  /** Signs what is due at a block at which the contract agreed with the store; answers how many checkpoints. */
  async issue(block: BlockRef): Promise<number> {
    const { store } = this.#options
    const said = await this.#read(block)
    await this.#settle()
    if (!(await this.#takeUp())) return 0
    this.#requireInForce(await this.#last())
    for (let issued = 0; ; issued++) {
      const last = await this.#last()
      const next = await this.#nextPosition(last)
      if (last && last.issuedAt > said.latest) return issued // until the chain's clock is there too
      if (!this.#isDue(last, { next, ...said })) return issued
      this.#requireInForce(last)
      const roots = await store.roots(Number(last?.operations ?? 0n), next.operations)
      const trees = await store.trees(next.operations)
      await this.#propose({ ...said, next, roots, trees }, last)
    }
  }

  /** A peer that is silent is not waited for, unless it may be the only one that knows what this key has signed. */
  async #takeUp(): Promise<boolean> {
    const { peers, signer, genesis = { signers: [signer.address], threshold: 1 } } = this.#options
    if (!peers) return true
    try {
      return await takeUp({ ...this.#options, peers, genesis })
    } catch (error) {
      if (!(error instanceof ProverUnavailableError)) throw error
      if (this.#options.mayBegin() || (await this.#journaled())) return true
      throw error
    }
  }

  /** The newest checkpoint of this network that may have been signed. */
  async #journaled(): Promise<Uint8Array | undefined> {
    const { journal, network } = this.#options
    const kept = await journal.read()
    if (!kept) return undefined
    const { noteTree, networkId } = decodeCheckpoint(kept)
    const isOurs = equalBytes(networkId, network.networkId) && equalBytes(noteTree, addressToBytes(network.noteTree))
    return isOurs ? kept : undefined
  }

  /** One that was made and not stored with a signature: it is signed now if it may have been before, and else given up. */
  async #settle(): Promise<void> {
    const { store } = this.#options
    const pending = await store.newestProposal()
    if (!pending || pending.signed) return
    const kept = await this.#journaled()
    if (!kept || !equalBytes(kept, pending.checkpoint)) return store.withdraw(pending.sequence)
    this.#requireInForce(await this.#last())
    if (!(await this.#isStillTrue(pending))) throw shrunk(pending.operations)
    await this.#finish(pending)
  }

  /** What a checkpoint at a block says besides the log. */
  async #read(block: BlockRef): Promise<Said> {
    const { chain, leaks } = this.#options
    const classes = await chain.classes(block.number)
    const signers = await chain.signers(block.number)
    if (signers && signers.threshold > 1) throw new SignersTooManyError(signers.threshold)
    const time = await chain.time(block.number)
    if (signers && this.#options.clock() - time > oldestBlock) throw new ChainStaleError()
    return { block, classes, signers, leaks: (await leaks?.({ block, classes })) ?? [], latest: time + mostAhead }
  }

  /** The newest checkpoint says who signs the next one. */
  #requireInForce(last: Checkpoint | undefined): void {
    const { signers = [] } = signersAfter(last) ?? {}
    const own = this.#options.signer.address
    if (signers.length === 0 || signers.includes(own)) return
    throw new SignerNotInForceError(`${own} is not among the ${signers.length} who now sign checkpoints.`, {
      hint: 'Checkpoints are signed elsewhere. Announce this key in the CheckpointRegistry, or stop this prover.',
    })
  }

  /** Whether a checkpoint that was never signed, or perhaps never handed out, may be signed after all. */
  async #isStillTrue({ checkpoint }: CheckpointRecord): Promise<boolean> {
    const { store, chain } = this.#options
    const { blockNumber, blockHash, operations, logHash } = decodeCheckpoint(checkpoint)
    const block = await chain.block(blockNumber)
    const position = await store.position(Number(operations))
    return block?.hash === `0x${toHex(blockHash)}` && position !== undefined && equalBytes(position.chain, logHash)
  }

  async #last(): Promise<Checkpoint | undefined> {
    const newest = await this.#options.store.newestSigned()
    return newest && decodeCheckpoint(newest.checkpoint)
  }

  /** How far the next checkpoint goes; what is signed must be in the log as it was. */
  async #nextPosition(last: Checkpoint | undefined): Promise<LogPosition> {
    const { store, maxRoots = 1024, mayBegin } = this.#options
    if (!last && !mayBegin()) throw new SignerForgotError()
    const whole = await this.#position()
    const signed = Number(last?.operations ?? 0n)
    const position = await store.position(signed)
    if (!position || (last && !equalBytes(position.chain, last.logHash))) throw shrunk(signed)
    return (await store.position(Math.min(whole.operations, signed + maxRoots))) ?? whole
  }

  async #position(): Promise<LogPosition> {
    const position = await this.#options.store.position()
    if (!position) throw new RangeError('The log has no end.')
    return position
  }

  #isDue(last: Checkpoint | undefined, candidate: Omit<Candidate, 'roots' | 'trees'>): boolean {
    const { next, block } = candidate
    if (!last || next.operations > Number(last.operations)) return true
    const { nodes, classes, leaks, signers, threshold } = this.#make(candidate, last)
    const now = { ...last, nodes, classes, leaks, signers, threshold }
    if (!equalBytes(checkpointDigest(now), checkpointDigest(last))) return true
    const isOld = this.#options.clock() - Number(last.issuedAt) >= this.#options.interval
    return isOld && block.number > last.blockNumber
  }

  #make({ next, ...said }: Omit<Candidate, 'roots' | 'trees'> & Partial<Candidate>, last: Checkpoint | undefined) {
    const moment: Moment = {
      roots: [],
      trees: [],
      ...said,
      sequence: (last?.sequence ?? 0n) + 1n,
      previous: last ? checkpointDigest(last) : new Uint8Array(32),
      operations: next.operations,
      logHash: next.chain,
      root: toBytes32(next.root),
      issuedAt: Math.max(Math.min(Math.floor(this.#options.clock()), said.latest), Number(last?.issuedAt ?? 0n)),
    }
    return makeCheckpoint(this.#options.network, moment)
  }

  async #propose(candidate: Candidate, last: Checkpoint | undefined): Promise<void> {
    const { next } = candidate
    const made = this.#make(candidate, last)
    const checkpoint = encodeCheckpoint(made)
    decodeCheckpoint(checkpoint) // what nobody could read must not take a number
    const record = { sequence: made.sequence, checkpoint, operations: next.operations, logHash: next.chain }
    await this.#options.store.propose(record)
    await this.#finish(record)
  }

  async #finish({ sequence, checkpoint }: Omit<CheckpointRecord, 'signed'>): Promise<void> {
    const { store, journal, signer } = this.#options
    await journal.write(checkpoint)
    const signature = signer.sign(checkpointDigest(decodeCheckpoint(checkpoint)))
    const signatures = [{ signer: addressToBytes(signer.address), signature }]
    await store.seal(sequence, encodeSignedCheckpoint({ checkpoint, signatures }))
  }
}

/** Seconds. A checkpoint that is further ahead of the chain's clock is false, however far that lags behind ours. */
const mostAhead = 900

/** Seconds. Signers who have left may be named for a day. */
const oldestBlock = 43_200

/** What a checkpoint says besides the log. */
type Said = Pick<Moment, 'block' | 'classes' | 'leaks' | 'signers'> & {
  /** The latest time that may be signed, unix seconds. */
  readonly latest: number
}
type Candidate = Said & Pick<Moment, 'roots' | 'trees'> & { readonly next: LogPosition }
