import {
  type Attachment,
  attachmentType,
  type ContentTypeId,
  type Message,
  type Reaction,
  reactionType,
  replyType,
  textType,
} from '@pennypost/sdk'
import { type Signal, signal } from '@preact/signals'

/** What is being written to one account. */
export type Written = {
  readonly text: Signal<string>
  /** A file, which goes before the text. */
  readonly file: Signal<Attachment | undefined>
  /** The message that both answer. */
  readonly answered: Signal<Message | undefined>
  /** A sign to a message, which goes alone. */
  readonly reaction: Signal<Reaction | undefined>
}

/** One message of it. */
export type Part = {
  readonly content: unknown
  readonly contentType: ContentTypeId
  /** Once it is delivered: it is written no more. What was typed meanwhile stays. */
  drop(): void
}

/** Nothing, or the text that was begun before. */
export const startWriting = (text = signal('')): Written => ({
  text,
  file: signal(undefined),
  answered: signal(undefined),
  reaction: signal(undefined),
})

/** The messages that make up what is written, in their order. */
export function partsOf({ text, file, answered, reaction }: Written): readonly Part[] {
  const [sign, attached, written] = [reaction.peek(), file.peek(), text.peek()]
  if (sign) return [{ content: sign, contentType: reactionType, drop: () => clear(reaction, sign) }]
  const parts: Part[] = []
  if (attached) parts.push({ content: attached, contentType: attachmentType, drop: () => clear(file, attached) })
  if (written.trim() !== '') parts.push({ content: written, contentType: textType, drop: () => clear(text, written) })
  return parts.map((part, i) => answering(part, answered, i === parts.length - 1))
}

/** The same as an answer, where one is answered: after the last, none is. */
function answering(part: Part, answered: Written['answered'], isLast: boolean): Part {
  const message = answered.peek()
  if (!message) return part
  const { content, contentType, drop } = part
  return {
    content: { reference: message.id, content, contentType },
    contentType: replyType,
    drop() {
      drop()
      if (isLast) clear(answered, message)
    },
  }
}

/** Unless it is another one by now. */
function clear<T>(signal: Signal<T | undefined> | Signal<string>, sent: unknown): void {
  if (signal.peek() !== sent) return
  if (typeof sent === 'string') (signal as Signal<string>).value = ''
  else (signal as Signal<T | undefined>).value = undefined
}
