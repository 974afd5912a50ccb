import { type Address, type Hash, parseEventLogs } from 'viem'
import { fromBase64, fromUtf8 } from '../crypto/index.ts'
import { noticeAbi } from '../generated/abis.ts'
import { callOf, isSame } from './call.ts'
import { decoding } from './decode-error.ts'
import type { Finality } from './finality.ts'
import { requireWithin } from './require-within.ts'
import { rehearse, type Spending, spend } from './spend.ts'
import type { ActOptions, PaymentChain } from './wallet.ts'

export type NotifyOptions = ActOptions & {
  /** The contract of notices. */
  readonly notice: Address
  readonly token: Address
  /** Whom to tell that mail waits. */
  readonly recipient: Address
  /** The most that it may cost, in the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
}

/** A notice that is on the chain. */
export type NoticeSent = {
  /** How many times the recipient was told. */
  readonly count: number
  readonly cost: bigint
  readonly hash: Hash
  readonly block: bigint
  readonly finality: Finality
}

/**
 * Tells an address that has never used the product that encrypted mail is waiting: a token that cannot be transferred,
 * without a word of the sender's. Refused with `notice.refused` if the address wants none. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { notify } from '@pennypost/sdk/payments'
 *
 * const { notice, token } = contracts
 * const { count } = await notify({ wallet: walletClient, public: publicClient, notice, token, recipient, maxPrice: 5n * 10n ** 18n })
 * ```
 */
export function notify(options: NotifyOptions): Promise<NoticeSent> {
  return decoding(async () => {
    const { recipient, onProgress } = options
    const spending = await priceNotice(options)
    const { amount: cost } = spending
    onProgress?.({ kind: 'quoted', cost })
    const { logs, hash, block, finality } = await spend(options, spending)
    const events = parseEventLogs({ abi: noticeAbi, eventName: 'Notified', logs: [...logs] })
    const event = events.find(({ args }) => isSame(args.recipient, recipient))
    return { count: Number(event?.args.count ?? 0n), cost, hash, block, finality }
  }, options.signal)
}

/** What a notice costs, in the token's smallest unit. Refuses what {@link notify} would, also for want of tokens, and sends nothing. */
export const quoteNotice = (options: NotifyOptions): Promise<bigint> =>
  decoding(async () => {
    const spending = await priceNotice(options)
    await rehearse({ ...options, onProgress: undefined }, spending)
    return spending.amount
  }, options.signal)

async function priceNotice({ notice, token, recipient, maxPrice, public: chain }: NotifyOptions): Promise<Spending> {
  const contract = { address: notice, abi: noticeAbi } as const
  const amount = await chain.readContract({ ...contract, functionName: 'price' })
  requireWithin(amount, maxPrice, 'A notice')
  return {
    token,
    amount,
    call: callOf({ ...contract, functionName: 'notify', args: [recipient] }),
    permitted: (permit) => callOf({ ...contract, functionName: 'notifyWithPermit', args: [recipient, permit] }),
  }
}

/** What an address was told, and what its wallet shows of it. */
export type NoticeState = {
  readonly count: number
  /** Unix seconds of the first and the last time; 0 if there was none. */
  readonly firstAt: number
  readonly lastAt: number
  /** Whether the address has the token now. */
  readonly isHeld: boolean
  readonly isOptedOut: boolean
  /** What the token says; only while it is held. */
  readonly metadata: NoticeMetadata | undefined
}

export type NoticeMetadata = {
  readonly name: string
  readonly description: string
  /** A data URI of an SVG. */
  readonly image: string
  /** The picture itself. */
  readonly svg: string
}

/**
 * Reads what an address was told, with the token's picture.
 *
 * @example
 * ```ts
 * import { noticeOf } from '@pennypost/sdk/payments'
 *
 * const { count } = await noticeOf({ public: publicClient, notice: contracts.notice, recipient })
 * ```
 */
export function noticeOf(options: {
  readonly public: PaymentChain
  readonly notice: Address
  readonly recipient: Address
}): Promise<NoticeState> {
  const { public: chain, notice: address, recipient } = options
  return decoding(async () => {
    const contract = { address, abi: noticeAbi } as const
    const mail = await chain.readContract({ ...contract, functionName: 'mailOf', args: [recipient] })
    if (!mail.isHeld) return { ...mail, metadata: undefined }
    const uri = await chain.readContract({ ...contract, functionName: 'tokenURI', args: [BigInt(recipient)] })
    return { ...mail, metadata: readMetadata(uri) }
  })
}

function readMetadata(uri: string): NoticeMetadata {
  const { name, description, image } = JSON.parse(readDataUri(uri))
  return { name, description, image, svg: readDataUri(image) }
}

const readDataUri = (uri: string): string => fromUtf8(fromBase64(uri.slice(uri.indexOf(',') + 1)))
