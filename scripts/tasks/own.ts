import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import type { Address, Hash } from 'viem'
import { act, type Run } from './act.ts'
import { findOperation, readOwnerCall, timelockAbi } from './owner-call.ts'
import { type Given, TaskError, withSession } from './session.ts'
import { timeOf } from './show.ts'

type Arguments = Given & {
  readonly contract: string | undefined
  readonly call: string | undefined
  readonly args: string
  readonly dryRun: boolean
}

/** Schedules an act of the owner. It is tried as the timelock first: what would fail then is refused now. */
export async function propose(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { client, contracts, print } = session
    const timelock = { address: contracts.timelock, abi: timelockAbi } as const
    const call = readOwnerCall(session, given)
    const { operation, id, readyAt } = await findOperation(session, call)
    if (readyAt !== 0n) throw new TaskError(`It is already proposed, and can be enacted from ${timeOf(readyAt)}.`)
    await client.simulateContract({ ...call, account: timelock.address } as Parameters<
      typeof client.simulateContract
    >[0])
    const delay = await client.readContract({ ...timelock, functionName: 'getMinDelay' })
    const sent = await act(session, send({ ...timelock, functionName: 'schedule', args: [...operation, delay] }), given)
    if (!sent) return
    const at = await client.readContract({ ...timelock, functionName: 'getTimestamp', args: [id] })
    print(`Operation ${id} can be enacted from ${timeOf(at)}, with the same options.`)
  })
}

/** Makes the call that was scheduled, once its time has come. */
export async function enact(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { operation, readyAt } = await findOperation(session, readOwnerCall(session, given))
    if (readyAt === 0n) throw new TaskError('It has not been proposed.')
    const call = {
      address: session.contracts.timelock,
      abi: timelockAbi,
      functionName: 'execute',
      args: operation,
    } as const
    if (await act(session, send(call), given)) session.print(`Done: ${given.contract}.${given.call}.`)
  })
}

type Call = {
  address: Address
  abi: typeof timelockAbi
  functionName: 'schedule' | 'execute'
  args: readonly unknown[]
}

function send(call: Call): Run<Hash> {
  return async ({ wallet, public: chain, signal, onProgress }) => {
    const { request } = await chain.simulateContract({ ...call, account: wallet.account } as Parameters<
      typeof chain.simulateContract
    >[0])
    onProgress?.({ kind: 'simulated' })
    signal.throwIfAborted()
    const hash = await wallet.writeContract(request as Parameters<typeof wallet.writeContract>[0])
    onProgress?.({ kind: 'sent', hash })
    const { blockNumber: block } = await chain.waitForTransactionReceipt({ hash })
    onProgress?.({ kind: 'mined', hash, block })
    return hash
  }
}
