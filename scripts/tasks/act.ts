import { formatEther, formatGwei } from 'viem'
import type { ActOptions, ChainProgress } from '../../sdk/payments/index.ts'
import type { Session } from './session.ts'

/** Called with what the SDK needs to act, and to be stopped. */
export type Run<T> = (options: ActOptions & { readonly signal: AbortSignal }) => Promise<T>

/**
 * Does something on the chain and prints its steps. A dry run goes as far as the chain's answer to the same call: a
 * permit is signed by then, nothing is sent, and undefined comes back.
 */
export async function act<T>(session: Session, run: Run<T>, { dryRun, onStep }: Options): Promise<T | undefined> {
  const stop = new AbortController()
  const recorder = recordCalls(session)
  const onProgress = (step: ChainProgress) => {
    printStep(session, step)
    onStep?.(step)
    if (dryRun && isBeforeSending(step)) stop.abort(new DryRunOver(step))
  }
  const options = { wallet: session.wallet, public: recorder.client, signal: stop.signal, onProgress }
  try {
    return await run(options)
  } catch (error) {
    if (!(error instanceof DryRunOver)) throw error
    await printEstimate(session, error.step, recorder)
    return undefined
  }
}

type Options = { readonly dryRun: boolean; readonly onStep?: (step: ChainProgress) => void }

const isBeforeSending = (step: ChainProgress): boolean =>
  step.kind === 'simulated' || (step.kind === 'authorizing' && step.by === 'approval')

type Call = Parameters<Session['client']['estimateContractGas']>[0]
type Recorder = ReturnType<typeof recordCalls>

/** The public client, and the last call that was tried through it. */
function recordCalls({ client }: Session) {
  const recorder: { client: Session['client']; last: Call | undefined } = { client, last: undefined }
  recorder.client = {
    ...client,
    simulateContract: (call: never) => {
      recorder.last = call
      return client.simulateContract(call)
    },
  } as Session['client']
  return recorder
}

async function printEstimate({ client, print }: Session, step: ChainProgress, { last }: Recorder): Promise<void> {
  if (step.kind === 'authorizing') {
    print('Dry run: a token approval would be sent first; the rest can only be tried after that.')
  } else if (last) {
    const [gas, price] = await Promise.all([client.estimateContractGas(last), client.getGasPrice()])
    print(`Dry run: it would work, with ${gas} gas, ${formatEther(gas * price)} ether at ${formatGwei(price)} gwei.`)
  }
  print('Nothing was sent.')
}

const ways = {
  permit: 'by a permit',
  allowance: 'from the standing allowance',
  approval: 'by a separate approval',
  batch: "in one of the wallet's batches",
} as const

function printStep({ tokens, print }: Session, step: ChainProgress): void {
  if (step.kind === 'quoted')
    print(
      step.in === 'wei'
        ? `Takes ${formatEther(step.cost)} ether at most, with its gas.`
        : `Takes ${tokens(step.cost)}.`,
    )
  if (step.kind === 'authorizing') print(`Pays ${ways[step.by]}.`)
  if (step.kind === 'allowing') print(`Approval sent: ${step.hash}`)
  if (step.kind === 'sent') print(`Sent: ${step.hash}`)
  if (step.kind === 'mined') print(`In block ${step.block}.`)
}

/** Ends a dry run where the next step would be to send. */
class DryRunOver extends Error {
  readonly step: ChainProgress
  constructor(step: ChainProgress) {
    super('The dry run is over.')
    this.step = step
  }
}
