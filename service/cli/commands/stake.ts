import type { Command } from '../command.ts'
import { amountOf, decimal, numberOf, textOf, tokens } from '../given.ts'
import { isoOf } from '../print.ts'

const classOption = { value: 'NUMBER', about: 'The class of stakes; 1 unless given.' } as const

/** Deposits a stake. */
const deposit: Command = {
  name: 'stake deposit',
  about: 'Deposits a stake, which gives tickets in every epoch. One that is there is not made again.',
  parameters: [],
  options: { class: classOption, 'max-amount': { value: 'AMOUNT', about: 'The most that it may be, in tokens.' } },
  example: 'pennypost stake deposit --max-amount 100 --device 0/1',
  async run(call) {
    const number = numberOf(textOf(call, 'class') ?? '1', '--class', [1, 1_000_000])
    const client = await call.client('staking')
    const maxAmount = amountOf(call, 'max-amount', client)
    const bound = maxAmount === undefined ? {} : { maxAmount }
    const made = await client.stakes.stake({ class: number, signal: call.signal, ...bound })
    const { amount, limit, hash, isUsable } = made
    const json = { ok: true, class: number, amount: decimal(amount, client), tickets: Number(limit), hash, isUsable }
    return { json, text: `${tokens(amount, client)} at stake, ${limit} tickets in every epoch.` }
  },
}

/** Says what is at stake. */
const status: Command = {
  name: 'stake status',
  about: 'Says what you have at stake.',
  parameters: [],
  options: {},
  example: 'pennypost stake status',
  async run({ client: open, signal }) {
    const client = await open()
    const { deposit: held } = await client.stakes.status({ signal })
    const exitAt = held && held.exitAt > 0n ? isoOf(held.exitAt) : null
    const stake = held && { class: held.class, amount: decimal(held.amount, client), exitAt, isSlashed: held.isSlashed }
    const state = held ? `${tokens(held.amount, client)} at stake, of class ${held.class}` : 'Nothing is at stake'
    const ending = `${held?.isSlashed ? ', slashed' : ''}${exitAt === null ? '' : `, to be fetched from ${exitAt}`}`
    return { json: { account: client.address, stake: stake ?? null }, text: `${state}${ending}.` }
  },
}

/** Asks for the deposit back, and once its time has come fetches it. */
const exit: Command = {
  name: 'stake exit',
  about: 'Asks for the deposit back; once its waiting time is over, fetches it.',
  parameters: [],
  options: {},
  example: 'pennypost stake exit',
  async run({ client: open, signal }) {
    const client = await open()
    const { deposit: held } = await client.stakes.status({ signal })
    if (held && held.exitAt > 0n) {
      const { amount } = await client.stakes.exit({ signal })
      return { json: { ok: true, amount: decimal(amount, client) }, text: `${tokens(amount, client)} came back.` }
    }
    const exitAt = isoOf((await client.stakes.requestExit({ signal })).exitAt)
    return { json: { ok: true, exitAt }, text: `The stake gives no more tickets. Run this again from ${exitAt}.` }
  },
}

export const stake = [deposit, status, exit] as const
