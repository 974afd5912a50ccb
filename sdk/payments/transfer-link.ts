import { type Address, type Hash, stringToHex } from 'viem'
import { estimateFeesPerGas, estimateGas, getCode, getGasPrice } from 'viem/actions'
import { zeroAddress } from '../crypto/index.ts'
import { noticeAbi } from '../generated/abis.ts'
import { mailLink } from '../mail-link.ts'
import type { Call, Fees } from './call.ts'
import { decodeError, decoding, PaymentError } from './decode-error.ts'
import type { Finality } from './finality.ts'
import { transactAfter } from './transact.ts'
import type { ActOptions } from './wallet.ts'

export type TransferLinkOptions = ActOptions & {
  /** Whom to tell that mail waits. */
  readonly recipient: Address
  /** Where the link leads. */
  readonly page: string
  /** What is transferred, in wei; 1 unless given. */
  readonly value?: bigint | undefined
  /** The most that value and gas may cost together, in wei, however the price of gas moves until a block has it. */
  readonly maxCost?: bigint | undefined
  /** The contract of notices, where the chain has one: who has opted out there is sent nothing. */
  readonly notice?: Address | undefined
}

/** A transfer that is on the chain. */
export type LinkTransferred = {
  readonly link: string
  /** What it has cost, in wei: value and gas. */
  readonly cost: bigint
  readonly hash: Hash
  readonly block: bigint
  readonly finality: Finality
}

/**
 * Tells an address that has never used the product that encrypted mail may wait: a transfer of next to nothing, whose data is
 * a link and not a word of the sender's. Refused with `notice.refused` if the address wants no notices, with `transfer.refused`
 * if it is a contract that does not take it. Throws {@link PaymentError}, and `MailLinkMalformedError` for a page that cannot have links.
 *
 * @example
 * ```ts
 * import { transferLink } from '@pennypost/sdk/payments'
 *
 * const on = { wallet: walletClient, public: publicClient, notice: contracts.notice }
 * const { cost } = await transferLink({ ...on, recipient, page: 'https://pennypost.example/mail.html', maxCost: 10n ** 15n })
 * ```
 */
export function transferLink(options: TransferLinkOptions): Promise<LinkTransferred> {
  return decoding(async () => {
    const { link, ...call } = transferOf(options)
    const { fee, hash, block, finality } = await transactAfter(options, call, () => rehearse(options, call))
    return { link, cost: call.value + fee, hash, block, finality }
  }, options.signal)
}

/** What such a transfer may cost at most, in wei. Refuses what {@link transferLink} would, and sends nothing. */
export const quoteLink = (options: TransferLinkOptions): Promise<bigint> =>
  decoding(async () => {
    const call = transferOf(options)
    return mostOf(call, await feesOf(options, call))
  }, options.signal)

type Transfer = Call & { readonly value: bigint }

function transferOf({
  recipient: address,
  page,
  value = 1n,
}: TransferLinkOptions): Transfer & { readonly link: string } {
  const link = mailLink({ page, account: address })
  return { address, data: stringToHex(link), value, link }
}

/** Tries a transfer without sending it, and says what it may take. */
async function rehearse(options: TransferLinkOptions, call: Transfer): Promise<Fees> {
  const fees = await feesOf(options, call)
  options.onProgress?.({ kind: 'quoted', cost: mostOf(call, fees), in: 'wei' })
  options.onProgress?.({ kind: 'simulated' })
  return fees
}

async function feesOf(options: TransferLinkOptions, call: Transfer): Promise<Fees> {
  await requireWanted(options)
  return priceWithin(options, call, await gasOf(options, call))
}

async function requireWanted({ public: chain, notice: address, recipient }: TransferLinkOptions): Promise<void> {
  const values = [recipient]
  if (recipient === zeroAddress)
    throw new PaymentError('notice.recipient-wrong', 'Nobody has this address.', { values })
  if (!address) return
  const { isOptedOut } = await chain.readContract({
    address,
    abi: noticeAbi,
    functionName: 'mailOf',
    args: [recipient],
  })
  if (isOptedOut) throw new PaymentError('notice.refused', 'The account wants no notices.', { values })
}

/** So much gas may a recipient that is a contract take beyond what the transfer takes by itself. */
const mostGasOfRecipient = 50_000n
/** An address that nobody has put a contract to: what a transfer to it takes, it takes by itself. */
const codeless: Address = '0x000000000000000000000000000000000000dEaD'

async function gasOf({ wallet, recipient }: TransferLinkOptions, { data, value }: Transfer): Promise<bigint> {
  const account = wallet.account.address
  const to = (address: Address) => estimateGas(wallet, { account, to: address, data, value } as never)
  const alone = await to(codeless)
  const gas = await to(recipient).catch(async (error) => {
    const decoded = decodeError(error) as PaymentError
    const mayBeRefused = decoded.code === 'payment.failed' && (await hasCode({ wallet, recipient }))
    throw mayBeRefused ? refused('The recipient is a contract, and does not take the transfer.', error) : error
  })
  if (gas <= alone + mostGasOfRecipient) return gas
  throw refused(`The recipient is a contract, and takes ${gas - alone} gas for the transfer.`)
}

const hasCode = async ({ wallet, recipient }: Pick<TransferLinkOptions, 'wallet' | 'recipient'>): Promise<boolean> =>
  (await getCode(wallet, { address: recipient })) !== undefined

const refused = (message: string, cause?: unknown): PaymentError =>
  new PaymentError('transfer.refused', message, {
    hint: 'Tell it by a notice of the contract, or hand over a link.',
    cause,
  })

/** What a unit of gas may cost: enough for some blocks to come, where that is not more than was allowed. */
async function priceWithin(options: TransferLinkOptions, { value }: Transfer, gas: bigint): Promise<Fees> {
  const { maxCost } = options
  const { least, price } = await priceNow(options)
  if (maxCost === undefined) return { gas, ...price }
  if (maxCost < value + gas * least) throw tooDear(value + gas * least, maxCost)
  const most = (maxCost - value) / gas
  return 'gasPrice' in price || price.maxFeePerGas <= most ? { gas, ...price } : { gas, ...price, maxFeePerGas: most }
}

/** What a unit of gas costs at least in the next block, and what to offer for it. */
async function priceNow({ wallet, public: chain }: TransferLinkOptions) {
  const { baseFeePerGas } = await chain.getBlock()
  if (baseFeePerGas === null) {
    const gasPrice = await getGasPrice(wallet)
    return { least: gasPrice, price: { gasPrice } }
  }
  const price = await estimateFeesPerGas(wallet, { chain: wallet.chain })
  return { least: baseFeePerGas + price.maxPriorityFeePerGas, price }
}

const mostOf = ({ value }: Transfer, fees: Fees): bigint =>
  value + fees.gas * ('gasPrice' in fees ? fees.gasPrice : fees.maxFeePerGas)

const tooDear = (cost: bigint, most: bigint): PaymentError =>
  new PaymentError('transfer.cost-too-high', `The transfer costs ${cost} wei at least, more than ${most}.`, {
    values: [cost, most],
  })
