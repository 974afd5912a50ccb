import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { formatEther } from 'viem'
import type { Address } from '../../sdk/crypto/index.ts'
import { mailLink } from '../../sdk/index.ts'
import { notify as notifyOnChain, transferLink } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { addressOf, mostInEther, mostOf, required } from './given.ts'
import { type Given, type Session, TaskError, withSession } from './session.ts'

type Arguments = Given & {
  readonly to: string | undefined
  readonly by: string
  readonly page: string | undefined
  readonly most: string | undefined
  readonly dryRun: boolean
}

type Way = (session: Session, recipient: Address, given: Arguments) => Promise<void>

/** Tells an address that encrypted mail waits for it. */
export async function notify(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const way = Object.hasOwn(ways, given.by) ? ways[given.by as keyof typeof ways] : undefined
  if (!way) throw new TaskError(`--by must be one of ${Object.keys(ways).join(', ')}, not "${given.by}".`)
  const recipient = addressOf('--to', given.to)
  await withSession(hre, given, (session) => way(session, recipient, given))
}

const byToken: Way = async (session, recipient, given) => {
  const { notice, token } = session.contracts
  const maxPrice = mostOf(session, given.most)
  const told = await act(session, (options) => notifyOnChain({ ...options, notice, token, recipient, maxPrice }), given)
  if (told)
    session.print(`${recipient} was notified, ${told.count === 1 ? 'for the first time' : `${told.count} times`}.`)
}

const byTransfer: Way = async (session, recipient, given) => {
  const { notice } = session.contracts
  const [page, maxCost] = [required('page', given.page), mostInEther(given.most)]
  const sent = await act(session, (options) => transferLink({ ...options, notice, recipient, page, maxCost }), given)
  if (sent) session.print(`${recipient} was sent ${sent.link}, for ${formatEther(sent.cost)} ether.`)
}

/** Nothing is sent, dry run or not. */
const byLink: Way = async (session, recipient, { page }) =>
  session.print(mailLink({ page: required('page', page), account: recipient }))

const ways = { token: byToken, transfer: byTransfer, link: byLink }
