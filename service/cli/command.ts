import type { Client, Refusal } from '@pennypost/sdk'
import { BaseError } from '@pennypost/sdk'
import type { Settings } from './settings.ts'

/** An option of a command; without a `value` it is on or off. */
export type Option = { readonly value?: string; readonly about: string }

/** Options as they were given, by their names. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>

/** What a command answers: the same for a program and for a person. */
export type Answer = { readonly json: object; readonly text: string }

/** A command: how it is called, what it does, and a line to copy. */
export type Command = {
  /** As it is written: `stamps buy`. */
  readonly name: string
  readonly about: string
  /** What follows the name: `?` may be left out, `…` takes all that is left. */
  readonly parameters: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  readonly example: string
  readonly run: (call: Call) => Promise<Answer | Refusal | undefined>
}

/** A program of its own, with settings of its own, that is called in the same way. */
export type Service = Pick<Command, 'name' | 'about' | 'parameters'> & { readonly start: () => Promise<unknown> }

/**
 * What a client is for. Only one that is `staking` sets tickets of a stake aside, since they are lost until the next epoch;
 * `listening` waits for no other command, and keeps nothing.
 */
export type ClientKind = 'acting' | 'staking' | 'listening'

/** One call of a command. */
export type Call = {
  /** What followed the name, in the order of the parameters. */
  readonly args: readonly string[]
  readonly flags: Flags
  readonly settings: Settings
  readonly env: NodeJS.ProcessEnv
  /** Whether somebody types, rather than a pipe. */
  readonly isTyped: boolean
  /** Asks for a line that is not shown; undefined where nobody answers. */
  ask(question: string): Promise<string | undefined>
  /** Ends with the process. */
  readonly signal: AbortSignal
  /** The account's client; the same each time, and closed when the command is over. */
  client(kind?: ClientKind): Promise<Client>
  /** Writes one of many answers now. */
  tell(answer: Answer): Promise<void>
  /** All of the standard input, where it is no terminal. */
  readInput(): Promise<string | undefined>
}

/** A command was called in a way that means nothing. */
export class CommandMisusedError extends BaseError {
  override readonly code = 'command.misused'
}
