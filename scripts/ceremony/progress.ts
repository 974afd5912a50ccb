import type { Logger } from 'snarkjs'

/** Reports on one long step. */
export type Report = {
  /** What snarkjs logs becomes progress; what it complains about is printed. */
  readonly logger: Logger
  /** Prints the closing line with the time taken. */
  done(outcome: string): void
}

const interval = 5_000

/** Prints `name`, then a line every few seconds while the step runs. */
export function reportStep(name: string, print = console.log, now = Date.now): Report {
  const started = now()
  let printed = started
  const seconds = () => `${Math.round((now() - started) / 1000)} s`
  const say = (text: string) => print(`ceremony: ${name}: ${text}`)

  const step = (message: string) => {
    if (now() - printed < interval) return
    printed = now()
    say(`${message.replaceAll(/\s+/g, ' ').trim()} (${seconds()})`)
  }

  const logger: Logger = { debug: step, info: step, warn: say, error: say }
  return { logger, done: (outcome) => say(`${outcome} in ${seconds()}`) }
}
