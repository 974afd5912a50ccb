import { type Address, type Hash, parseEventLogs } from 'viem'
import { noteTreeAbi, stakeRegistryAbi } from '../generated/abis.ts'
import { callOf, isSame } from './call.ts'
import { decoding, PaymentError } from './decode-error.ts'
import type { Finality } from './finality.ts'
import { findEvent, findEvents, minedOf } from './find-mined.ts'
import { requireWithin } from './require-within.ts'
import { spend } from './spend.ts'
import { transact } from './transact.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions, EventRange, PaymentChain } from './wallet.ts'

/** The inside of a note's commitment, P(1, secretHash, personHash), without the secret. */
export type StakeOpening = { readonly commitment: bigint; readonly secretHash: bigint; readonly personHash: bigint }

type RegistryOptions = ActOptions & { /** The registry. */ readonly stakes: Address }

export type StakeOptions = RegistryOptions & {
  readonly token: Address
  /** Number of the class. */
  readonly class: number
  /** Of a note whose secret the caller has kept before. A false one is slashed like a cheat. */
  readonly opening: StakeOpening
  /** The most that the deposit may be, in the token's smallest unit. */
  readonly maxAmount?: bigint | undefined
}

/** A stake that is on the chain. */
export type StakeMade = {
  readonly leafIndex: number
  /** Number of the operation in the note log; a checkpoint over more than so many has the note. */
  readonly operation: bigint
  readonly classId: bigint
  /** Tickets in each epoch. */
  readonly limit: bigint
  readonly amount: bigint
  readonly hash: Hash
  readonly block: bigint
  /** The numbers may change until it is `final`; see {@link finalityOf}. */
  readonly finality: Finality
}

/**
 * Deposits a stake: so many tickets in every epoch, lost by using one of them twice. A stake of the same note that the
 * account has already is answered instead of refused. Throws {@link PaymentError}; `payment.pending` says that it may have
 * been made.
 *
 * @example
 * ```ts
 * import { commitmentOf, personHashOf, secretHashOf } from '@pennypost/sdk/crypto'
 * import { createNote, personOf } from '@pennypost/sdk/notes'
 * import { stake } from '@pennypost/sdk/payments'
 *
 * const note = createNote(personOf(identityPrivateKey)) // keep its secret before you stake
 * const [secretHash, personHash] = [secretHashOf(note.secret), personHashOf(note.person)]
 * const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
 * const { stakes, token } = contracts
 * await stake({ wallet: walletClient, public: publicClient, stakes, token, class: 1, opening })
 * ```
 */
export function stake(options: StakeOptions): Promise<StakeMade> {
  return decoding(async () => {
    const { stakes, class: number, maxAmount, onProgress } = options
    const { amount } = await readClass({ public: options.public, stakes, class: number })
    requireWithin(amount, maxAmount, `A stake of class ${number}`)
    onProgress?.({ kind: 'quoted', cost: amount })
    const before = await findStake(options)
    if (before) return readStake(before, options, amount)
    return readStake(await deposit(options, amount), options, amount)
  }, options.signal)
}

/** What an earlier call with the same note has staked, where it is still in force. */
async function findStake(options: StakeOptions) {
  const { public: chain, wallet, stakes: address, signal } = options
  signal?.throwIfAborted()
  const { address: account } = wallet.account
  const current = await stakeOf({ public: chain, stakes: address, account })
  if (!current || current.class !== options.class || current.exitAt !== 0n) return undefined
  const args = { staker: account, leafIndex: BigInt(current.leafIndex) }
  const staked = await findEvent(options, { address, abi: stakeRegistryAbi, eventName: 'Staked', args })
  const opening = staked?.args.opening as StakeOpening | undefined
  return staked && opening?.commitment === options.opening.commitment ? minedOf(chain, staked) : undefined
}

/** The commitments of all notes that an account has ever staked here, in order. */
export function findStakedNotes(
  options: EventRange & {
    readonly public: PaymentChain
    readonly stakes: Address
    readonly account: Address
  },
): Promise<bigint[]> {
  const { stakes: address, account } = options
  return decoding(async () => {
    const found = await findEvents(options, {
      address,
      abi: stakeRegistryAbi,
      eventName: 'Staked',
      args: { staker: account },
    })
    return found.map(({ args }) => (args.opening as StakeOpening).commitment).reverse()
  })
}

/** What a class of stakes takes and allows. */
export type StakeClass = {
  readonly amount: bigint
  readonly penalty: bigint
  readonly limit: number
  /** Seconds. */
  readonly epochLength: number
}

/** Reads the terms of a class of stakes. */
export function readClass(options: {
  readonly public: PaymentChain
  readonly stakes: Address
  readonly class: number
}): Promise<StakeClass> {
  const { public: chain, stakes: address, class: number } = options
  const args = [BigInt(number)] as const
  return decoding(() => chain.readContract({ address, abi: stakeRegistryAbi, functionName: 'classOf', args }))
}

function deposit(options: StakeOptions, amount: bigint): Promise<Mined> {
  const { stakes: address, token, opening } = options
  const contract = { address, abi: stakeRegistryAbi } as const
  const args = [BigInt(options.class), opening] as const
  return spend(options, {
    token,
    amount,
    call: callOf({ ...contract, functionName: 'stake', args }),
    permitted: (permit) => callOf({ ...contract, functionName: 'stakeWithPermit', args: [...args, permit] }),
  })
}

function readStake(
  { logs, hash, block, finality }: Mined,
  { stakes, opening }: StakeOptions,
  amount: bigint,
): StakeMade {
  const staked = parseEventLogs({ abi: stakeRegistryAbi, eventName: 'Staked', logs: [...logs] })
  const appended = parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs: [...logs] })
  const { commitment } = opening
  const made = staked.find(({ address, args }) => isSame(address, stakes) && args.opening.commitment === commitment)
  const note = appended.find(({ args }) => args.leafIndex === made?.args.leafIndex && args.commitment === commitment)
  if (!note) throw new PaymentError('payment.failed', `Transaction ${hash} made no such stake.`)
  const { operation, classId, limit, leafIndex } = note.args
  return { leafIndex: Number(leafIndex), operation, classId, limit, amount, hash, block, finality }
}

/**
 * Takes the account's note out of the tree; the deposit can be withdrawn from `exitAt`. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { requestExit } from '@pennypost/sdk/payments'
 *
 * const { exitAt } = await requestExit({ wallet: walletClient, public: publicClient, stakes: contracts.stakes })
 * ```
 */
export function requestExit(options: RegistryOptions): Promise<{ exitAt: bigint; hash: Hash; block: bigint }> {
  return decoding(async () => {
    const call = callOf({ address: options.stakes, abi: stakeRegistryAbi, functionName: 'requestExit', args: [] })
    const { logs, hash, block } = await transact(options, call)
    const events = parseEventLogs({ abi: stakeRegistryAbi, eventName: 'ExitRequested', logs: [...logs] })
    const event = events.find(({ args }) => isSame(args.staker, options.wallet.account.address))
    return { exitAt: event?.args.exitAt ?? 0n, hash, block }
  }, options.signal)
}

/**
 * Withdraws the deposit, less the penalty if it was slashed. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { exit } from '@pennypost/sdk/payments'
 *
 * const { amount } = await exit({ wallet: walletClient, public: publicClient, stakes: contracts.stakes })
 * ```
 */
export function exit(options: RegistryOptions): Promise<{ amount: bigint; hash: Hash; block: bigint }> {
  return decoding(async () => {
    const call = callOf({ address: options.stakes, abi: stakeRegistryAbi, functionName: 'exit', args: [] })
    const { logs, hash, block } = await transact(options, call)
    const events = parseEventLogs({ abi: stakeRegistryAbi, eventName: 'Exited', logs: [...logs] })
    const event = events.find(({ args }) => isSame(args.staker, options.wallet.account.address))
    return { amount: event?.args.amount ?? 0n, hash, block }
  }, options.signal)
}

/** An account's stake. */
export type StakeState = {
  readonly class: number
  /** What it would get back. */
  readonly amount: bigint
  readonly leafIndex: number
  /** Unix seconds from which it can be withdrawn; 0 while it is in force. */
  readonly exitAt: bigint
  readonly isSlashed: boolean
}

/** The stake of an account; undefined if it has none. */
export function stakeOf(options: {
  readonly public: PaymentChain
  readonly stakes: Address
  readonly account: Address
}): Promise<StakeState | undefined> {
  const { public: chain, stakes: address, account } = options
  return decoding(async () => {
    const contract = { address, abi: stakeRegistryAbi, functionName: 'stakeOf', args: [account] } as const
    const { class: number, amount, leafIndex, exitAt, isSlashed } = await chain.readContract(contract)
    return number === 0n
      ? undefined
      : { class: Number(number), amount, leafIndex: Number(leafIndex), exitAt, isSlashed }
  })
}
