import { type Address, type Hash, type Hex, hashTypedData, parseEventLogs } from 'viem'
import { getCode } from 'viem/actions'
import { checkWalletSignature, fromHex, paymentIdOf, toAddress } from '../crypto/index.ts'
import { paymentsAbi } from '../generated/abis.ts'
import { groupBy } from '../group-by.ts'
import { callOf, isSame } from './call.ts'
import { decodeError, decoding, PaymentError } from './decode-error.ts'
import { findEvent } from './find-mined.ts'
import { keySignature } from './key-signature.ts'
import { type PaymentOpening, paymentHex, toContractOpening, toContractTerms, type Verdict } from './terms.ts'
import { transact } from './transact.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions, PaymentWallet } from './wallet.ts'

/** One verdict to be brought to the chain; with the recipient's signature anybody may bring it. */
export type Settlement = {
  readonly opening: PaymentOpening
  readonly verdict: Verdict
  /** By the recipient, see {@link signVerdict}; not needed where the recipient itself sends. */
  readonly signature?: string | undefined
}

type Signed = Omit<Settlement, 'signature'> & { readonly signature?: Hex | undefined }

export type SettleOptions = ActOptions & { readonly payments: Address }

/** What a verdict came to. */
export type Settled = {
  readonly hash: Hash
  readonly block: bigint
  /** Verdicts that were new. */
  readonly settled: number
  /** Why the verdicts after these were not brought; the same call again brings them. */
  readonly stoppedBy?: unknown
}

/**
 * Gives the verdict on one letter: the recipient gets the tip, and the bond goes back to the sender or is burned. Refused
 * with `payment.already-settled` if another was already given; the same one is answered with `settled: 0`. Throws
 * {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { settle } from '@pennypost/sdk/payments'
 *
 * await settle({ wallet: walletClient, public: publicClient, payments: contracts.payments, opening, verdict: 'fine' })
 * ```
 */
export function settle(options: SettleOptions & Settlement): Promise<Settled> {
  return decoding(async () => {
    const { payments: address, opening } = options
    const settlement = await readSigned(options, options)
    const args = [toContractTerms(opening.terms), toContractOpening(opening, settlement)] as const
    const call = callOf({ address, abi: paymentsAbi, functionName: 'settle', args })
    try {
      return settledBy(options, await transact(options, call))
    } catch (error) {
      const before = isAlreadySettled(error) && (await findSettled(options))
      if (before) return before
      throw error
    }
  }, options.signal)
}

function isAlreadySettled(error: unknown): boolean {
  const decoded = decodeError(error)
  return decoded instanceof PaymentError && decoded.code === 'payment.already-settled'
}

/** The transaction that brought the very same verdict. */
async function findSettled(options: SettleOptions & Settlement) {
  const { payments: address, opening, verdict } = options
  const args = { payment: paymentHex(opening.terms) }
  const query = { address, abi: paymentsAbi, eventName: 'Settled', args }
  const same = await findEvent(
    options,
    query,
    ({ args }) => args.index === BigInt(opening.index) && args.verdict === (verdict === 'fine' ? 0 : 1),
  )
  return same && { hash: same.transactionHash, block: same.blockNumber, settled: 0 }
}

/** So many verdicts fit a transaction with room to spare. */
const mostAtOnce = 200

/**
 * Brings many verdicts at once, of one payment or of many; those that are on the chain already or cannot be brought are
 * passed over: {@link settle} says why. Answers one result for each transaction. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { settleMany } from '@pennypost/sdk/payments'
 *
 * const settlements = openings.map((opening) => ({ opening, verdict: 'fine' as const }))
 * await settleMany({ wallet: walletClient, public: publicClient, payments: contracts.payments, settlements })
 * ```
 */
export function settleMany(
  options: SettleOptions & { readonly settlements: readonly Settlement[] },
): Promise<Settled[]> {
  return decoding(async () => {
    const results: Settled[] = []
    const settlements: Signed[] = []
    for (const one of options.settlements) settlements.push(await readSigned(options, one))
    for (let i = 0; i < settlements.length; i += mostAtOnce) {
      const args = [batchesOf(settlements.slice(i, i + mostAtOnce))] as const
      const call = callOf({ address: options.payments, abi: paymentsAbi, functionName: 'settleMany', args })
      const result = await transact(options, call).catch((error) => partOf(results, error))
      if (!result) return results
      results.push(settledBy(options, result))
    }
    return results
  }, options.signal)
}

/** What is on the chain is answered, with what kept the rest from it; where nothing is, the error stays one. */
function partOf(results: Settled[], error: unknown): undefined {
  const last = results.pop()
  if (!last) throw error
  results.push({ ...last, stoppedBy: decodeError(error) })
}

function batchesOf(settlements: readonly Signed[]) {
  const byPayment = groupBy(settlements, ({ opening }) => paymentHex(opening.terms))
  return [...byPayment.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    return [
      {
        terms: toContractTerms(first.opening.terms),
        openings: group.map((one) => toContractOpening(one.opening, one)),
      },
    ]
  })
}

function settledBy({ payments }: SettleOptions, { hash, block, logs }: Mined): Settled {
  const events = parseEventLogs({ abi: paymentsAbi, eventName: 'Settled', logs: [...logs] })
  return { hash, block, settled: events.filter(({ address }) => isSame(address, payments)).length }
}

const types = {
  Verdict: [
    { name: 'payment', type: 'bytes32' },
    { name: 'index', type: 'uint256' },
    { name: 'verdict', type: 'string' },
  ],
} as const

export type SignVerdictOptions = Pick<Settlement, 'opening' | 'verdict'> & {
  readonly wallet: PaymentWallet
  readonly chainId: number
  readonly payments: Address
}

/** The signature as the contract takes it; a contract's own goes as it is, for its account to judge. */
async function readSigned({ public: chain, payments }: SettleOptions, settlement: Settlement): Promise<Signed> {
  const { opening, verdict, signature } = settlement
  if (signature === undefined) return { opening, verdict }
  const message = verdictOf({ opening, verdict, chainId: await chain.getChainId(), payments })
  const expected = { digest: fromHex(hashTypedData(message)), account: toAddress(opening.recipient) }
  return { opening, verdict, signature: keySignature(signature, expected) ?? asHex(signature) }
}

const asHex = (text: string): Hex => `0x${text.replace(/^0x/i, '')}`

type VerdictOptions = Pick<Settlement, 'opening' | 'verdict'> & { readonly chainId: number; readonly payments: Address }

/** What the recipient signs. */
function verdictOf({ chainId, payments, opening, verdict }: VerdictOptions) {
  const domain = { name: 'Pennypost Payments', version: '1', chainId, verifyingContract: payments } as const
  const message = { payment: paymentHex(paymentIdOf(opening.terms)), index: BigInt(opening.index), verdict }
  return { domain, types, primaryType: 'Verdict', message } as const
}

/**
 * Lets the recipient's wallet sign its verdict (EIP-712, in words): whoever has it can bring it to the chain, so that the
 * recipient needs no gas. It counts once, on this chain, for this contract. Throws {@link WalletSignatureError} where the
 * wallet has signed something else, or with another account.
 *
 * @example
 * ```ts
 * import { signVerdict } from '@pennypost/sdk/payments'
 *
 * const chainId = await publicClient.getChainId()
 * const signature = await signVerdict({ wallet: walletClient, chainId, payments: contracts.payments, opening, verdict: 'spam' })
 * ```
 */
export function signVerdict({ wallet, ...options }: SignVerdictOptions): Promise<Hex> {
  return decoding(async () => {
    const { account } = wallet
    const verdict = verdictOf(options)
    const signature = await wallet.signTypedData({ account, ...verdict })
    const expected = { digest: fromHex(hashTypedData(verdict)), account: account.address }
    const own = keySignature(signature, expected)
    if (own === undefined && !(await isContract(wallet))) checkWalletSignature(signature, expected)
    return own ?? signature
  })
}

/** Whether the account is a contract, which signs in a form of its own. */
async function isContract(wallet: PaymentWallet): Promise<boolean> {
  const code = await getCode(wallet, { address: wallet.account.address }).catch(() => undefined)
  return code !== undefined && code !== '0x'
}
