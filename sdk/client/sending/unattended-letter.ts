import type { Address } from '../../crypto/index.ts'
import { Budget } from '../postage/budget.ts'
import type { EscrowChoice, PostageOptions } from '../postage/options.ts'
import { refuseAtQuote } from '../postage/refuse-quote.ts'
import { tellBoth } from '../session/events.ts'
import type { Recipient } from '../session/peer.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { TrusteeDeposit } from './deposit-letter.ts'
import { conversationFor, type FirstLetter, type LetterStart, quoteLetter, sendLetter } from './first-letter.ts'
import { keepBySender, type LetterEscrow } from './letter-escrow.ts'
import { type Letter, startLetter } from './letter-progress.ts'
import type { Mailroom } from './mailroom.ts'
import { priceWith } from './price-with.ts'
import { keepByTrustees, type TrusteeEscrow } from './trustee-escrow.ts'
import { routeToUnattended } from './unattended-route.ts'

/** A letter and who keeps its key. */
type Plan = {
  /** What was chosen, to be compared. */
  readonly choice: string
  readonly letter: Letter
  readonly escrow: LetterEscrow | TrusteeEscrow
  /** Whether the letter itself has been begun, so that nothing can be chosen any more. */
  isBegun: boolean
}

/** Prepares a first letter to an account that has published no keys. Who keeps its key is chosen by the first call that sends. */
export function createUnattendedLetter(mailroom: Mailroom, start: LetterStart<Recipient>): FirstLetter {
  const { peer, prepared } = start
  const conversation = conversationFor(mailroom, start)
  const budget = new Budget()
  let plan: Plan | undefined

  async function planFor(options: PostageOptions): Promise<Plan | Refusal> {
    const chosen = options.escrow ?? 'sender'
    const choice = nameOf(chosen)
    if (plan && (options.escrow === undefined || choice === plan.choice)) return plan
    if (plan?.isBegun)
      return refuse('escrow.begun', 'This letter was begun with its key kept by others. Send it so, or begin another.')
    const escrow = await escrowFor(mailroom, chosen, { recipient: peer.address, budget, options })
    if ('code' in escrow) return escrow
    const route = routeToUnattended(mailroom, conversation, escrow)
    const letter = startLetter(mailroom, { peer, conversation, route, budget, prepared })
    plan = { choice, letter, escrow, isBegun: false }
    return plan
  }

  return {
    conversation,
    isToUnattended: true,
    lane: () => plan?.letter.at().lanes?.own,
    async quote(options) {
      const found = await planFor(options)
      return 'code' in found ? found : quoteLetter(found.letter, options, unsent(found))
    },
    async send(content, options) {
      const found = await planFor(options)
      if ('code' in found) return found
      budget.begin(options)
      const refused = await depositAll(found, options)
      if (refused) return refused
      found.isBegun = true
      return sendLetter(found.letter, content, options)
    },
  }
}

const nameOf = (choice: EscrowChoice): string => JSON.stringify(choice, ['condition', 'days', 'threshold', 'trustees'])

type To = Parameters<typeof keepByTrustees>[2]

const escrowFor = async (
  mailroom: Mailroom,
  choice: EscrowChoice,
  to: To,
): Promise<LetterEscrow | TrusteeEscrow | Refusal> => {
  if (choice === 'sender') return keepBySender(mailroom.session)
  return choice.trustees ? keepByTrustees(mailroom, choice, to) : keepBySender(mailroom.session, choice.days)
}

const depositsOf = ({ escrow }: Plan): readonly TrusteeDeposit[] => ('deposits' in escrow ? escrow.deposits() : [])

const unsent = (plan: Plan): Letter[] => depositsOf(plan).flatMap(({ isSent, letter }) => (isSent ? [] : [letter]))

/**
 * Has all trustees hold their parts, before the letter leaves: what it takes is agreed to as a whole before the first of them gets
 * anything.
 */
async function depositAll(plan: Plan, options: PostageOptions): Promise<Refusal | undefined> {
  const { letter } = plan
  const left = unsent(plan)
  if (left.length > 0) {
    const { buyer } = letter
    const priced = await priceWith(letter, left, { buyer, look: 'known', stamps: 'held', options })
    if (!priced.ok) return refuseAtQuote(priced, options.quote)
    buyer.budget.agree(priced)
  }
  for (const deposit of depositsOf(plan)) {
    const refused = deposit.isSent ? undefined : await deposit.send(options)
    if (refused) return refused
  }
  return awaitHeld(plan, options)
}

/** Between two looks, in milliseconds; together a minute. */
const looks = [0, 100, 200, 400, 800, 1500, ...Array.from({ length: 19 }, () => 3000)]

/** Waits until all trustees have signed that they hold their parts. */
async function awaitHeld(plan: Plan, options: PostageOptions): Promise<Refusal | undefined> {
  const { session } = plan.letter.mailroom
  let waiting = depositsOf(plan)
  for (const delay of looks) {
    if (waiting.length === 0) return undefined
    await session.sleep(delay, options.signal)
    const left = await lookAtAll(plan, waiting, options)
    if ('code' in left) return left
    waiting = left
  }
  return waiting.length === 0 ? undefined : refuseWaiting(waiting.map(({ peer }) => peer.address))
}

/** Those that have not said it yet. */
async function lookAtAll(
  plan: Plan,
  waiting: readonly TrusteeDeposit[],
  options: PostageOptions,
): Promise<readonly TrusteeDeposit[] | Refusal> {
  const said = await Promise.all(waiting.map((deposit) => deposit.look(options.signal)))
  const refusal = said.find((answer) => typeof answer === 'object')
  if (refusal) replaceRefused(plan, waiting, said)
  for (const [i, { peer }] of waiting.entries()) {
    const held = { kind: 'escrow', step: 'held', trustee: peer.address, of: depositsOf(plan).length } as const
    if (said[i] === true) tellBoth(plan.letter.mailroom.session, options, held)
  }
  return refusal ?? waiting.filter((_, i) => said[i] === false)
}

/** The next call makes a new deposit where one was refused, and says what that costs. */
function replaceRefused({ escrow }: Plan, asked: readonly TrusteeDeposit[], said: readonly unknown[]): void {
  for (const [i, deposit] of asked.entries())
    if (typeof said[i] === 'object' && 'replace' in escrow) escrow.replace(deposit)
}

const refuseWaiting = (trustees: readonly Address[]): Refusal =>
  refuse(
    'escrow.unacknowledged',
    `The letter has not left: no word that its key is kept yet from ${trustees.join(', ')}. Send it again to go on waiting.`,
  )
