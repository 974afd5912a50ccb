import type { Client, StakeClass, StakeStatus } from '@pennypost/sdk'
import type { Device } from '../session/device.ts'
import { sayDay } from '../words/say-payment.ts'
import { sayAmount } from '../words/say-quote.ts'

type Token = Pick<Client, 'decimals'>

/** A stake as the chain has it, what one takes and gives, and which device this is. */
export type Stake = StakeStatus & { readonly terms: StakeClass; readonly device: Device | undefined }

/** What can be pressed next; where it is not ready, its time is still to come. */
export type StakePress = {
  readonly kind: 'deposit' | 'begin' | 'withdraw'
  readonly text: string
  readonly isReady: boolean
}

/** What can be done with a stake at a time, in unix seconds. */
export function pressOnStake(
  { deposit, terms, device }: Stake,
  { token, seconds }: { readonly token: Token; readonly seconds: number },
): StakePress | undefined {
  if (!deposit) {
    if (device === undefined) return undefined
    return { kind: 'deposit', text: `Deposit ${sayAmount(terms.amount, token)}`, isReady: true }
  }
  const amount = sayAmount(deposit.amount, token)
  if (deposit.exitAt === 0n) return { kind: 'begin', text: `Begin to take back ${amount}`, isReady: true }
  return { kind: 'withdraw', text: `Withdraw ${amount}`, isReady: seconds >= Number(deposit.exitAt) }
}

/** How a stake stands, one sentence for each thing. */
export function sayStake({ deposit, tickets, terms }: Stake, token: Token): readonly string[] {
  if (!deposit) return [sayTerms(terms, token)]
  const amount = sayAmount(deposit.amount, token)
  const slashed = deposit.isSlashed ? ['A ticket was used twice: the penalty is lost.'] : []
  if (deposit.exitAt > 0n)
    return [...slashed, `${amount} can be withdrawn from ${sayMoment(Number(deposit.exitAt))} on.`]
  return [
    `You have deposited ${amount}. Once you begin to take them back, its tickets count no more, and some days later the deposit can be withdrawn.`,
    ...tickets.map(({ left, nextEpochAt }) => `${sayTickets(left)} left until ${sayMoment(nextEpochAt)}.`),
  ]
}

function sayTerms({ amount, penalty, limit, epochLength }: StakeClass, token: Token): string {
  const every = epochLength % 86_400 === 0 ? sayDays(epochLength / 86_400) : `${Math.round(epochLength / 3600)} hours`
  return `A deposit of ${sayAmount(amount, token)} gives ${limit} tickets every ${every}, shown without your name. It comes back, less ${sayAmount(penalty, token)} where a ticket was used twice.`
}

const sayDays = (days: number): string => (days === 1 ? 'day' : `${days} days`)

const sayTickets = (count: number): string =>
  count === 0 ? 'No ticket is' : count === 1 ? 'One ticket is' : `${count} tickets are`

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

const sayMoment = (seconds: number): string => `${sayDay(seconds)}, ${time.format(new Date(seconds * 1000))}`
