import { orAborted } from '@pennypost/sdk/async'
import { type Address, checksumAddress } from '@pennypost/sdk/crypto'
import { stakeRegistryAbi } from '@pennypost/sdk/notes'
import { createPublicClient, type Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Staked } from '../store/index.ts'
import { createSender, translate, transportOf } from './send-call.ts'

/** A stake that is to be slashed: by its secret, or because what it declared is false. */
export type Target = { readonly stake: Staked; readonly secret: bigint | undefined }

/** How far a target is: a report of it is committed, it is slashed, or there is nothing to slash any more. */
export type Outcome = 'found' | 'committed' | 'slashed' | 'gone'

/** Slashes on the chain. What was done before, by whomever, is read from the chain, so that it can die at any moment. */
export type Reporter = {
  /** Undefined if it only looks. */
  readonly address: Address | undefined
  /** Does the next step that a target needs. */
  act(target: Target): Promise<Outcome>
}

type Options = {
  readonly rpcUrl: string
  /** Pays for the transactions, and gets the reward; without one nothing is sent. */
  readonly key: Hex | undefined
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

/** A reporter of one chain. */
export function createReporter(options: Options): Reporter {
  const client = createPublicClient({ transport: transportOf(options.rpcUrl), cacheTime: 0, pollingInterval: 500 })
  const account = options.key && privateKeyToAccount(options.key)
  const sendCall = createSender({ rpcUrl: options.rpcUrl, account })
  const send = ({ contract: address }: Staked, call: Call) => sendCall({ address, abi: stakeRegistryAbi }, call)

  async function stateOf({ stake }: Target): Promise<Outcome> {
    const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
    const args = [stake.staker] as const
    const now = await client.readContract({ ...contract, functionName: 'stakeOf', args }).catch((error) => {
      throw translate(error, account?.address)
    })
    if (now.class === 0n || Number(now.leafIndex) !== stake.leafIndex) return 'gone'
    return now.isSlashed ? 'slashed' : 'found'
  }

  /** Shows the secret, or commits to showing it a block later. */
  async function reveal(target: Target, secret: bigint, reporter: Address): Promise<Outcome> {
    const { stake } = target
    const slashed = await send(stake, { functionName: 'slash', args: [stake.staker, openingOf(stake), secret] })
    if (slashed === 'done') return 'slashed'
    if (slashed !== 'StakeRegistryReportNotReady') return stateOf(target)
    const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
    const args = [reporter, stake.staker, secret] as const
    const report = await client.readContract({ ...contract, functionName: 'reportOf', args })
    await send(stake, { functionName: 'commitSlash', args: [report] })
    return 'committed'
  }

  async function step(target: Target): Promise<Outcome> {
    const state = await stateOf(target)
    if (state !== 'found' || !account) return state
    const { stake, secret } = target
    if (secret !== undefined) return reveal(target, secret, account.address)
    const done = await send(stake, { functionName: 'slashFalseOpening', args: [stake.staker, openingOf(stake)] })
    return done === 'done' ? 'slashed' : stateOf(target)
  }

  return {
    address: account && checksumAddress(account.address),
    act: (target) => orAborted(step(target), options.signal),
  }
}

type Call = { readonly functionName: 'slash' | 'commitSlash' | 'slashFalseOpening'; readonly args: readonly unknown[] }

const openingOf = ({ commitment, secretHash, personHash }: Staked) => ({ commitment, secretHash, personHash })
