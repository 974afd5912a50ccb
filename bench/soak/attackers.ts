import { constants, setPriority } from 'node:os'
import { type AttackName, attackNames, attacks } from './attacks/index.ts'
import { count } from './honest/measure.ts'
import { makeWallets } from './wallets.ts'

// The attackers, in a process of their own. Each attack comes from a loopback address of its own. They have whatever the node
// and the honest leave of the processors: real ones would run on machines of their own.

/** What the parent asks for: attacks to begin, or the end of those that run. */
export type AttackOrder = { readonly port: number; readonly start: readonly AttackName[] } | { readonly stop: true }

/** How often the attackers were answered with which code. */
export type AttackResult = Readonly<Record<string, number>>

const walletsOfEach = 64

setPriority(constants.priority.PRIORITY_LOW)
let running: { end: AbortController; over: Promise<unknown>; answers: Map<string, number> } | undefined

async function start(port: number, names: readonly AttackName[]): Promise<void> {
  const end = new AbortController()
  const answers = new Map<string, number>()
  const tell = (code: string): void => count(answers, code)
  const sides = []
  for (const name of names) {
    const from = `127.0.0.${2 + attackNames.indexOf(name)}`
    sides.push({ name, port, from, wallets: await walletsOf(name), signal: end.signal, tell })
  }
  running = { end, answers, over: Promise.allSettled(sides.map((side) => attacks[side.name](side))) }
}

const wallets = new Map<AttackName, ReturnType<typeof makeWallets>>()
/** Those of an address: it has the allowances of so many, and of no more. */
function walletsOf(name: AttackName): ReturnType<typeof makeWallets> {
  const made = wallets.get(name) ?? makeWallets(walletsOfEach)
  wallets.set(name, made)
  return made
}

async function stop(): Promise<AttackResult> {
  running?.end.abort()
  await Promise.race([running?.over, new Promise((resolve) => setTimeout(resolve, 3000))])
  return Object.fromEntries(running?.answers ?? [])
}

process.on('message', async (order: AttackOrder) => {
  if ('stop' in order) process.send?.(await stop())
  else {
    await start(order.port, order.start)
    process.send?.({})
  }
})
process.on('disconnect', () => process.exit(0))
