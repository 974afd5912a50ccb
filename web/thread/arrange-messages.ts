import type { Message } from '@pennypost/sdk'
import { readContent, type Shown } from './read-content.ts'

/** A sign that was put to a message, and by whom it still is. */
export type Sign = { readonly content: string; readonly senders: readonly string[] }

/** A message as the page shows it: with what it answers, and the signs that were put to it. */
export type Line = {
  readonly message: Message
  readonly shown: Shown
  /** What it answers; null where that is no message of this conversation. */
  readonly answered: Line | null | undefined
  readonly signs: readonly Sign[]
  /** Further signs, where there are more than anybody reads. */
  readonly moreSigns: number
}

/** So many different signs of one message are shown. */
const mostSigns = 8

/**
 * Puts signs to what they are for, and answers beside what they answer, within one conversation. A sign to what is no message of it
 * stays a line of its own, and so does one to another sign.
 *
 * @param messages Oldest first.
 */
export function arrangeMessages(messages: readonly Message[]): readonly Line[] {
  const read = messages.map((message) => ({ message, content: readContent(message) }))
  const isSign = (kind: string) => kind === 'reaction'
  const said = new Set(read.flatMap(({ message, content }) => (isSign(content.kind) ? [] : [message.id])))
  const signs = new Map<string, Map<string, Set<string>>>()
  const lines = new Map<string, Line>()
  for (const { message, content } of read) {
    if (content.kind === 'reaction' && said.has(content.reaction.reference)) {
      putSign(signs, message.sender, content.reaction)
      continue
    }
    const { answers, ...shown } = content
    const answered = answers === undefined ? undefined : (lines.get(answers) ?? null)
    lines.set(message.id, { message, shown, answered, signs: [], moreSigns: 0 })
  }
  return [...lines.values()].map((line) => ({ ...line, ...signsOf(signs.get(line.message.id)) }))
}

type Signs = Map<string, Map<string, Set<string>>>
type Put = { readonly reference: string; readonly action: string; readonly content: string }

function putSign(signs: Signs, sender: string, { reference, action, content }: Put): void {
  const ofMessage = signs.get(reference) ?? new Map<string, Set<string>>()
  const senders = ofMessage.get(content) ?? new Set<string>()
  if (action === 'added') senders.add(sender)
  else senders.delete(sender)
  signs.set(reference, ofMessage.set(content, senders))
}

function signsOf(put: ReadonlyMap<string, ReadonlySet<string>> | undefined): Pick<Line, 'signs' | 'moreSigns'> {
  const all = [...(put ?? [])].flatMap(([content, senders]) =>
    senders.size > 0 ? [{ content, senders: [...senders] }] : [],
  )
  return { signs: all.slice(0, mostSigns), moreSigns: Math.max(0, all.length - mostSigns) }
}
