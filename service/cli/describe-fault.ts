import { BaseError } from '@pennypost/sdk'
import { PaymentError } from '@pennypost/sdk/payments'
import { SettingInvalidError } from '../plugins/settings.ts'
import { CommandMisusedError } from './command.ts'
import { describeCause } from './describe-cause.ts'

/** What went wrong, for a program and for a person. */
export type Fault = {
  readonly code: string
  readonly message: string
  /** What a refusal says besides. */
  readonly missing?: readonly { readonly condition: string }[]
  readonly retryAt?: number
}

/** What helps on the command line, where the SDK speaks to who writes a program. */
const hints: Readonly<Record<string, string>> = {
  'chain.missing':
    'Set --rpc-url, and --signers, whose terms name the contract; or --token and the address of the contract. They may be in config.json.',
  'database.busy': 'Another command of this account is still running: wait for it, or end it.',
  'network.mismatch': 'Set --network.',
  'network.terms-differ': "Set --signers: then the signers' word holds; or the term itself.",
  'signers.missing': 'Set --signers: whose checkpoints count.',
  'stake.unsafe': 'Set --device, like 0/1 if this is the only client of the account.',
}

/** Whether the command was called wrongly, and nothing was tried. */
export const isMisuse = (error: unknown): boolean =>
  error instanceof CommandMisusedError || error instanceof SettingInvalidError

/** An error in one sentence, and what helps. */
export function describeFault(error: unknown): Fault {
  if (!(error instanceof BaseError)) return { code: 'command.failed', message: messageOf(error) }
  const { code, message, hint } = error
  const said = error instanceof PaymentError ? describeCause(error) : undefined
  const other = hints[code]
  const text = other === undefined ? message : `${hint ? message.slice(0, -hint.length).trimEnd() : message} ${other}`
  return { code, message: said === undefined ? text : `${text} The chain said: ${said}.` }
}

/** What nobody foresaw: its first line. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
