import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { addressToBytes, equalBytes, toBytes32, toHex } from '@pennypost/sdk/crypto'
import { checkpointDigest } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import { ProverUnavailableError } from '../../plugins/read-checkpoints.ts'
import type { ChainReader, SignerSet } from '../chain/index.ts'
import type { BlockRef, CheckpointRecord, ProverStore } from '../store/index.ts'
import { SignerForgotError, SignerNotInForceError, shrunk } from './faults.ts'
import { areEnough, gatherSignatures, type Signature } from './gather-signatures.ts'
import type { Journal } from './journal.ts'
import { makeCheckpoint, type Network } from './make-checkpoint.ts'
import type { Peer, Proposals } from './peers.ts'
import type { Moment, Said, Schedule } from './schedule.ts'
import type { Signer } from './signer.ts'
import { takeUp } from './take-up.ts'

type Options = {
  readonly chain: Pick<ChainReader, 'block'>
  readonly store: ProverStore
  readonly journal: Journal
  readonly signer: Signer
  readonly network: Network
  /** When checkpoints are made, what they say and who signs them. */
  readonly schedule: Schedule
  /** What others of the network have signed after a number, to be taken up before more is signed. */
  readonly peers?: readonly Peer[] | undefined
  /** What others of the network would sign next, each with the signatures it has. */
  readonly proposals?: Proposals | undefined
  readonly clock: Clock
  /** Makes sure that what was read is of the right chain: throws where it may not be. */
  readonly confirm: () => Promise<void>
  /** Whether this prover may sign the first checkpoint of all. */
  readonly mayBegin: () => boolean
}

/** What a checkpoint comes after, and the newest block that counts. */
type After = { readonly last: Checkpoint | undefined; readonly head: BlockRef }

/**
 * Makes and signs checkpoints, each the one after the last, and gathers the signatures that it needs. A checkpoint is in the
 * store and on the disk before a signature exists; so one number never stands for two different checkpoints, whenever the
 * process dies.
 */
export class Issuer {
  readonly #options: Options
  #proposed: { readonly sequence: bigint; readonly signed: Uint8Array } | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** The checkpoint that waits for the signatures of others, with those it has: an encoded SignedCheckpoint. */
  get proposed(): Uint8Array | undefined {
    return this.#proposed?.signed
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

  /** Signs what is due at a block at which the contract agreed with the store; answers how many have all signatures. */
  async issue(head: BlockRef): Promise<number> {
    if (!(await this.#takeUp(head))) return 0
    for (let issued = 0; ; issued++) {
      const last = await this.#last()
      if (last) await this.#standBehind(last, head)
      const pending = (await this.#settled(last)) ?? (await this.#make(last, head))
      if (!pending || !(await this.#finish(pending, { last, head }))) return issued
    }
  }

  /** The last one has its signatures: no more are asked for, and it says whether this prover signs the next. */
  async #standBehind(last: Checkpoint, head: BlockRef): Promise<void> {
    if (this.#proposed && this.#proposed.sequence <= last.sequence) this.#proposed = undefined
    await this.#requireInForce(last, { issuedAt: Number(last.issuedAt), block: head, head })
  }

  /** A peer that is silent is not waited for, unless it may be the only one that knows what this key has signed. */
  async #takeUp(head: BlockRef): Promise<boolean> {
    const { peers = [] } = this.#options
    try {
      return await takeUp({ ...this.#options, peers, head })
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
    if (!kept?.length) return undefined
    const { noteTree, networkId } = decodeCheckpoint(kept)
    const isOurs = equalBytes(networkId, network.networkId) && equalBytes(noteTree, addressToBytes(network.noteTree))
    return isOurs ? kept : undefined
  }

  /** One that was made and does not have its signatures: gone on with if it may have been signed, and else given up. */
  async #settled(last: Checkpoint | undefined): Promise<CheckpointRecord | undefined> {
    const { store } = this.#options
    const pending = await store.newestProposal()
    if (!pending || pending.signed) return undefined
    const kept = await this.#journaled()
    const isNext = pending.sequence === (last?.sequence ?? 0n) + 1n
    if (!isNext || !kept || !equalBytes(kept, pending.checkpoint)) {
      await store.withdraw(pending.sequence)
      return undefined
    }
    if (!(await this.#isStillTrue(pending))) throw shrunk(pending.operations)
    return pending
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

  /** The next one, if it is due: in the store, and in the journal, since it may be signed from now on. */
  async #make(last: Checkpoint | undefined, head: BlockRef): Promise<CheckpointRecord | undefined> {
    const { store, journal, schedule, network } = this.#options
    await this.#requireMemory(last)
    const said = await schedule.next(last, head)
    if (!said) return undefined
    await this.#requireInForce(last, { ...said, head })
    const made = makeCheckpoint(network, last, { ...said, ...(await this.#covered(last, said)) })
    const checkpoint = encodeCheckpoint(made)
    decodeCheckpoint(checkpoint) // what nobody could read must not take a number
    await this.#requireNew(made.sequence, checkpoint)
    await this.#options.confirm()
    const record = { sequence: made.sequence, checkpoint, operations: said.operations, logHash: made.logHash }
    await store.propose(record)
    await journal.write(checkpoint)
    return { ...record, signed: undefined }
  }

  /** What is signed must be in the log as it was, and a key that may have signed must know what. */
  async #requireMemory(last: Checkpoint | undefined): Promise<void> {
    const { store, mayBegin } = this.#options
    if (!last && !mayBegin()) throw new SignerForgotError()
    const position = await store.position(Number(last?.operations ?? 0n))
    if (!position || (last && !equalBytes(position.chain, last.logHash))) throw shrunk(Number(last?.operations ?? 0n))
  }

  /** No number may stand for two, whatever the store has forgotten. */
  async #requireNew(sequence: bigint, checkpoint: Uint8Array): Promise<void> {
    const kept = await this.#journaled()
    if (!kept || equalBytes(kept, checkpoint)) return
    const known = decodeCheckpoint(kept)
    if (known.sequence > sequence) throw new SignerForgotError()
    if (known.sequence === sequence) throw shrunk(Number(known.operations))
  }

  async #covered(last: Checkpoint | undefined, { operations }: Said) {
    const { store } = this.#options
    const position = await store.position(operations)
    if (!position) throw new RangeError('The log has no end.')
    const roots = await store.roots(Number(last?.operations ?? 0n), operations)
    return { logHash: position.chain, root: toBytes32(position.root), roots, trees: await store.trees(operations) }
  }

  /** The sets of signers of the checkpoint after another; this prover is in one. */
  async #requireInForce(last: Checkpoint | undefined, moment: Moment): Promise<readonly SignerSet[]> {
    const { schedule, signer } = this.#options
    const sets = await schedule.signers(last, moment)
    if (sets.some(({ signers }) => signers.includes(signer.address))) return sets
    throw new SignerNotInForceError(`${signer.address} is not among those who now sign checkpoints.`, {
      hint: 'Checkpoints are signed elsewhere. Announce this key in the CheckpointRegistry, or stop this prover.',
    })
  }

  /** Adds this prover's signature and those of others; whether they are enough. */
  async #finish({ sequence, checkpoint }: CheckpointRecord, { last, head }: After): Promise<boolean> {
    const { store, signer, proposals } = this.#options
    const made = decodeCheckpoint(checkpoint)
    const block = { number: made.blockNumber, hash: `0x${toHex(made.blockHash)}` as const }
    const sets = await this.#requireInForce(last, { issuedAt: Number(made.issuedAt), block, head })
    const own: Signature = { signer: signer.address, signature: signer.sign(checkpointDigest(made)) }
    this.#proposed ??= { sequence, signed: sealed(checkpoint, [own]) }
    const signatures = await gatherSignatures(own, { checkpoint, sets, proposals })
    const signed = sealed(checkpoint, signatures)
    this.#proposed = { sequence, signed }
    if (!areEnough(signatures, sets)) return false
    await store.seal(sequence, signed)
    this.#proposed = undefined
    return true
  }
}

const sealed = (checkpoint: Uint8Array, signatures: readonly Signature[]): Uint8Array =>
  encodeSignedCheckpoint({
    checkpoint,
    signatures: signatures.map(({ signer, signature }) => ({ signer: addressToBytes(signer), signature })),
  })
