import { access } from 'node:fs/promises'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import { addressToBytes, equalBytes, paymentIdOf, randomBytes, toHex } from '../../sdk/crypto/index.ts'
import { type PaymentMade, type PaymentRecipient, pay as payOnChain, termsOf } from '../../sdk/payments/index.ts'
import { act } from './act.ts'
import { addressOf, amountOf, bytes32Of, mostOf } from './given.ts'
import { buildTree, type PaymentPlan, readPlan, readRecipients, writePlan } from './payment-file.ts'
import { keepSecret, type SecretFile } from './secret-file.ts'
import { type Given, type Session, TaskError, withSession } from './session.ts'
import { timeOf } from './show.ts'

type Arguments = Given & {
  readonly to: string | undefined
  readonly use: string | undefined
  readonly list: string | undefined
  readonly base: string
  readonly bond: string
  readonly tip: string
  readonly days: number
  readonly most: string | undefined
  readonly file: string | undefined
  readonly dryRun: boolean
}

/** Pays for letters. What opens the payment is in a file before anything is sent. */
export async function pay(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const { file, dryRun } = given
    if (file !== undefined && (await isThere(file))) {
      const plan = await readPlan(session, file)
      if (!equalBytes(plan.terms.sender, addressToBytes(session.account))) {
        throw new TaskError(`${file} is a payment by another account.`)
      }
      return await payAgain(session, plan, given)
    }
    const plan = await makePlan(session, given)
    if (dryRun) return await payPlan(session, plan, given)
    const kept = await keepSecret(`payment-${session.chainId}`, writePlan(session, plan), file)
    session.print(`What opens the payment is in ${kept.path}: without it nobody gets paid.`)
    await payKept(session, plan, { ...given, kept })
  })
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function makePlan(session: Session, given: Arguments): Promise<PaymentPlan> {
  const recipients = await recipientsOf(given)
  const seed = randomBytes(32)
  const tree = await buildTree(session, recipients, seed)
  const rate = {
    base: amountOf(session, 'base', given.base),
    bond: amountOf(session, 'bond', given.bond),
    tip: amountOf(session, 'tip', given.tip),
  }
  const { timestamp } = await session.client.getBlock()
  const deliverBy = timestamp + BigInt(given.days) * 86_400n
  const { wallet, client } = session
  const terms = termsOf({ wallet, public: client, root: tree.root, count: tree.count, rate, deliverBy })
  return { terms, seed, recipients, tree }
}

async function recipientsOf({ to, use, list }: Arguments): Promise<PaymentRecipient[]> {
  if (list !== undefined) return await readRecipients(list)
  return [{ recipient: addressToBytes(addressOf('--to', to)), use: bytes32Of('--use', use) }]
}

/** The file goes only where it is certain that nothing was sent. */
async function payKept(session: Session, plan: PaymentPlan, given: Arguments & { kept: SecretFile }): Promise<void> {
  let mayBeSent = false
  const onStep = ({ kind }: { kind: string }) => {
    mayBeSent ||= kind === 'simulated'
  }
  try {
    await payPlan(session, plan, { ...given, onStep })
  } catch (error) {
    if (mayBeSent) session.print(`It may have been sent nonetheless: pay again with --file ${given.kept.path}`)
    else await given.kept.remove()
    throw error
  }
}

/** The same payment cannot be made twice: an attempt whose answer was lost is repeated unchanged. */
async function payAgain(session: Session, plan: PaymentPlan, given: Arguments): Promise<void> {
  let isTried = false
  const onStep = ({ kind }: { kind: string }) => {
    isTried ||= kind === 'simulated'
  }
  const made = await payPlan(session, plan, { ...given, onStep })
  if (made && !isTried) session.print('The payment is on the chain; nothing was sent.')
}

type PayOptions = Arguments & { readonly onStep?: (step: { kind: string }) => void }

async function payPlan(session: Session, { terms, tree }: PaymentPlan, { dryRun, onStep, most }: PayOptions) {
  const { payments, token } = session.contracts
  const { base, bond, tip, deliverBy } = terms
  const maxCost = mostOf(session, most)
  const what = { payments, token, root: tree.root, count: tree.count, rate: { base, bond, tip }, deliverBy, maxCost }
  session.print(`Payment 0x${toHex(paymentIdOf(terms))} for ${tree.count}, to be delivered by ${timeOf(deliverBy)}.`)
  const made = await act(session, (options) => payOnChain({ ...options, ...what }), {
    dryRun,
    ...(onStep && { onStep }),
  })
  if (made) printMade(session, made)
  return made
}

function printMade({ print, tokens }: Session, { cost, leafIndex }: PaymentMade): void {
  print(`${tokens(cost)} paid, leaf ${leafIndex}. Bonds of letters called fine come back with "pennypost refund".`)
}
