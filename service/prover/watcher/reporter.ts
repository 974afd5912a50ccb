import { orAborted } from '@pennypost/sdk/async'
import { type Address, checksumAddress } from '@pennypost/sdk/crypto'
import { stakeRegistryAbi } from '@pennypost/sdk/notes'
import { createPublicClient, type Hex, type PublicClient, type Transport } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { BlockRef, Staked } from '../store/index.ts'
import { createSender, translate } from './send-call.ts'

/** A stake that is to be slashed: by its secret, or because what it declared is false. */
export type Target = { readonly stake: Staked; readonly secret: bigint | undefined }

/**
 * How far a target is: a report of it is committed; it is slashed; the reward is collected, or another's; or there is
 * nothing to slash any more. The last two are for good: so it is at a block that the chain does not take back.
 */
export type Outcome = 'found' | 'committed' | 'slashed' | 'rewarded' | 'gone'

/** Slashes on the chain. What was done before, by whomever, is read from the chain, so that it can die at any moment. */
export type Reporter = {
  /** Undefined if it only looks. */
  readonly address: Address | undefined
  /** Does the next step that a target needs. */
  act(target: Target): Promise<Outcome>
}

type Options = {
  readonly transport: Transport
  /** The newest block that counts. */
  readonly head: () => Promise<BlockRef | undefined>
  /** Pays for the transactions, and gets the reward; without one nothing is sent. */
  readonly key: Hex | undefined
  /** Ends all waiting. */
  readonly signal: AbortSignal
}

/** A reporter of one chain. */
export function createReporter(options: Options): Reporter {
  const client = createPublicClient({ transport: options.transport, cacheTime: 0, pollingInterval: 500 })
  const account = options.key && privateKeyToAccount(options.key)
  const sendCall = createSender({ transport: options.transport, account })
  const send = ({ contract: address }: Staked, call: Call) => sendCall({ address, abi: stakeRegistryAbi }, call)

  const stateOf = ({ stake }: Target, block?: bigint): Promise<State> =>
    readState(client, { stake, account: account?.address, block })

  /** Shows what was committed to, or commits to showing it a block later. */
  async function report(target: Target, reporter: Address): Promise<Outcome> {
    const { stake } = target
    const shown = await send(stake, showing(target))
    if (shown === 'done') return 'slashed'
    if (shown !== 'StakeRegistryReportNotReady') return notOver((await stateOf(target)).status)
    const hash = await reportOf(client, target, reporter)
    await send(stake, { functionName: 'commitSlash', args: [hash] })
    return 'committed'
  }

  /** Collects the reward when its time has come, or takes it from whoever committed later. */
  async function claim(target: Target, isMine: boolean): Promise<Outcome> {
    const { stake } = target
    const collect: Call = { functionName: 'collectReward', args: [BigInt(stake.leafIndex)] }
    await send(stake, isMine ? collect : showing(target))
    return 'slashed'
  }

  async function step(target: Target): Promise<Outcome> {
    const head = await options.head()
    const settled = head && (await stateOf(target, head.number)).status
    if (settled && isOver(settled)) return settled
    const { status, isMine } = await stateOf(target)
    if (account && status === 'found') return report(target, account.address)
    if (account && status === 'slashed') return claim(target, isMine)
    return notOver(status)
  }

  return {
    address: account && checksumAddress(account.address),
    act: (target) => orAborted(step(target), options.signal),
  }
}

/** Whether nothing is left to do. */
export const isOver = (status: Outcome): boolean => status === 'rewarded' || status === 'gone'

/** What is so only now, the chain may take back. */
const notOver = (status: Outcome): Outcome => (status === 'rewarded' ? 'slashed' : status === 'gone' ? 'found' : status)

const statusOf = ({ isSlashed, isThere }: { isSlashed: boolean; isThere: boolean }): Outcome => {
  if (!isThere) return 'gone'
  return isSlashed ? 'rewarded' : 'found'
}

type Read = {
  readonly stake: Staked
  /** Who reports. */
  readonly account: Address | undefined
  /** The newest one, unless given. */
  readonly block: bigint | undefined
}

/** How a target is at a block. */
async function readState(client: PublicClient, { stake, account, block }: Read): Promise<State> {
  const at = block === undefined ? {} : { blockNumber: block }
  const contract = { address: stake.contract, abi: stakeRegistryAbi, ...at } as const
  const [now, [reward], { timestamp }] = await Promise.all([
    client.readContract({ ...contract, functionName: 'stakeOf', args: [stake.staker] }),
    client.readContract({ ...contract, functionName: 'rewardOf', args: [BigInt(stake.leafIndex)] }),
    client.getBlock(at),
  ]).catch((error) => {
    throw translate(error, account)
  })
  const isMine = reward.reporter === account
  if (isMine || timestamp < reward.payableAt) return { status: 'slashed', isMine }
  const isThere = now.class !== 0n && Number(now.leafIndex) === stake.leafIndex
  return { status: statusOf({ isSlashed: reward.payableAt > 0 || now.isSlashed, isThere }), isMine }
}

/** What a reporter commits to. */
function reportOf(client: PublicClient, { stake, secret }: Target, reporter: Address): Promise<Hex> {
  const contract = { address: stake.contract, abi: stakeRegistryAbi } as const
  const about = [reporter, stake.staker] as const
  if (secret === undefined) return client.readContract({ ...contract, functionName: 'falseReportOf', args: about })
  return client.readContract({ ...contract, functionName: 'reportOf', args: [...about, secret] })
}

type State = { readonly status: Outcome; readonly isMine: boolean }
type Call = {
  readonly functionName: 'slash' | 'commitSlash' | 'slashFalseOpening' | 'collectReward'
  readonly args: readonly unknown[]
}

const showing = ({ stake, secret }: Target): Call =>
  secret === undefined
    ? { functionName: 'slashFalseOpening', args: [stake.staker, openingOf(stake)] }
    : { functionName: 'slash', args: [stake.staker, openingOf(stake), secret] }

const openingOf = ({ commitment, secretHash, personHash }: Staked) => ({ commitment, secretHash, personHash })
