import { type Address, parseAbi } from 'viem'
import { postageTokenAbi } from '../generated/abis.ts'
import { actOnce } from './act-once.ts'
import { canBatch, sendBatch } from './batch.ts'
import { type ContractCall, callOf } from './call.ts'
import { decodeError, PaymentError } from './decode-error.ts'
import { countOf } from './find-sent.ts'
import { inLine } from './in-line.ts'
import { afterOthers, inOrder } from './in-order.ts'
import type { ChainProgress } from './progress.ts'
import { nextPlace, send, type Turn } from './send.ts'
import type { HandedOver } from './sent-memory.ts'
import { type Permit, signPermit } from './sign-permit.ts'
import { simulate, tryCall } from './transact.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions } from './wallet.ts'

/** A call that takes tokens from its caller. */
export type Spending = {
  readonly token: Address
  /** What it takes, in the token's smallest unit. */
  readonly amount: bigint
  /** Takes it out of the caller's allowance; the called contract is the spender. */
  readonly call: ContractCall
  /** The same with a permit. */
  readonly permitted: (permit: Permit) => ContractCall
}

/** Tokens of the old kind answer nothing where ERC-20 has a boolean. */
const approveAbi = parseAbi(['function approve(address spender, uint256 amount)'])

/**
 * Makes a call that takes tokens, in the cheapest way that the token and the wallet know: out of a standing allowance; with
 * the approval in one batch of the wallet (EIP-5792); by a permit; or after an approval on the chain. Each act of an account
 * that takes the same token begins when the one before has left and was mined: else both would count on one allowance, or
 * sign permits of one number.
 */
export const spend = (options: ActOptions, spending: Spending): Promise<Mined> =>
  actOnce(options, spending.call, (first) =>
    inLine(
      `${options.wallet.account.address} ${spending.token}`.toLowerCase(),
      () => begin(first, spending),
      options.signal,
    ),
  )

async function begin(first: Turn, spending: Spending): Promise<HandedOver> {
  const turn = await afterOthers(first)
  return 'hash' in turn ? turn : inOrder(turn, (now) => beginSpending(now, spending))
}

async function beginSpending(turn: Turn, spending: Spending): Promise<HandedOver> {
  const { options } = turn
  const { wallet, public: chain, onProgress, signal } = options
  const { token, amount, call, permitted } = spending
  const by = (kind: 'allowance' | 'batch' | 'permit' | 'approval') => onProgress?.({ kind: 'authorizing', by: kind })
  if ((await allowance(options, spending)) >= amount) {
    by('allowance')
    return trySending(turn, call)
  }
  const approve = callOf({ address: token, abi: approveAbi, functionName: 'approve', args: [call.address, amount] })
  if (await canBatch(wallet)) {
    by('batch')
    await rehearse(options, spending)
    return sendBatch(turn, [approve, call])
  }
  signal?.throwIfAborted()
  const permit = await signPermit({ wallet, public: chain, token, spender: call.address, amount })
  if (permit && (await isTaken(turn, permitted(permit)))) {
    by('permit')
    return trySending(turn, permitted(permit))
  }
  by('approval')
  await allow(options, approve)
  return trySending({ ...turn, place: await nextPlace(options) }, call)
}

async function trySending(turn: Turn, call: ContractCall): Promise<HandedOver> {
  await simulate(turn.options, call)
  return send(turn, call)
}

/**
 * Whether the token takes a permit: those of accounts that are contracts it does not, whatever they sign. One whose number
 * another act of the account has used meanwhile says nothing of that.
 */
async function isTaken({ options, place }: Turn, permitted: ContractCall): Promise<boolean> {
  try {
    await tryCall(options, permitted)
    return true
  } catch (error) {
    const decoded = decodeError(error)
    const isRefused = decoded instanceof PaymentError && decoded.code === 'token.allowance-too-low'
    if (isRefused && (await countOf(options, 'latest')) <= place.nonce) return false
    throw decoded
  }
}

/** An approval is sent once, too. */
async function allow(options: ActOptions, approve: ContractCall): Promise<void> {
  const { onProgress } = options
  const tell = (step: ChainProgress) => step.kind === 'sent' && onProgress?.({ ...step, kind: 'allowing' })
  await actOnce({ ...options, onProgress: tell }, approve, (first) =>
    inOrder(first, async (turn) => {
      await tryCall(options, approve)
      return send(turn, approve)
    }),
  )
}

/**
 * Tries what a batch will do, or anything that takes tokens. Without the allowance the call can only come as far as the token; contracts check all else
 * before they take any, so what fails before that would fail in the batch too.
 */
export async function rehearse(options: ActOptions, { token, amount, call }: Spending): Promise<void> {
  const { wallet, public: chain } = options
  const args = [wallet.account.address] as const
  const held = await chain.readContract({ address: token, abi: postageTokenAbi, functionName: 'balanceOf', args })
  if (held < amount) {
    const message = `The account has ${held} of the token's smallest units; this costs ${amount}.`
    throw new PaymentError('token.balance-too-low', message, { values: [args[0], held, amount] })
  }
  try {
    await simulate(options, call)
  } catch (error) {
    const decoded = decodeError(error)
    if (!(decoded instanceof PaymentError) || !isOfAllowance(decoded.code)) throw decoded
    options.onProgress?.({ kind: 'simulated' })
    options.signal?.throwIfAborted()
  }
}

const isOfAllowance = (code: PaymentError['code']): boolean =>
  code === 'token.allowance-too-low' || code === 'token.failed'

function allowance({ wallet, public: chain }: ActOptions, { token, call }: Spending): Promise<bigint> {
  const args = [wallet.account.address, call.address] as const
  return chain.readContract({ address: token, abi: postageTokenAbi, functionName: 'allowance', args })
}
