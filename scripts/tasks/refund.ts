import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { type FoundPayment, findPayments, readPayment, refund as refundOnChain } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { type Given, type Session, withSession } from './session.ts'
import { timeOf } from './show.ts'

type Arguments = Given & { readonly blocksAtOnce: number; readonly dryRun: boolean }

/** Fetches what is due of all payments of the account. */
export async function refund(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { client, contracts, account, print, tokens } = session
    const { payments, deployedAtBlock: fromBlock } = contracts
    const blocksAtOnce = given.blocksAtOnce > 0 ? BigInt(given.blocksAtOnce) : undefined
    const found = await findPayments({ public: client, payments, sender: account, fromBlock, blocksAtOnce })
    let sum = 0n
    for (const payment of found) sum += await refundOne(session, payment, given)
    if (found.length === 0) print('The account has made no payments.')
    else if (!given.dryRun) print(`${tokens(sum)} came back.`)
  })
}

async function refundOne(session: Session, { terms }: FoundPayment, { dryRun }: Arguments): Promise<bigint> {
  const { client, contracts, print, tokens } = session
  const { payments } = contracts
  const { fine, spam, open, due, isRefunded, closesAt } = await readPayment({ public: client, payments, terms })
  const until = isRefunded ? 'closed' : `open until ${timeOf(closesAt)}`
  print(`${terms.count} letters: ${fine} fine, ${spam} spam, ${open} without a verdict, ${until}; ${tokens(due)} due.`)
  if (due === 0n) return 0n
  const done = await act(session, (options) => refundOnChain({ ...options, payments, terms: [terms] }), { dryRun })
  return done?.[0]?.amount ?? 0n
}
