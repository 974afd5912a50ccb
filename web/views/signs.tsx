import type { Message } from '@pennypost/sdk'
import { mostReactionLength } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Draft } from '../letter/create-draft.ts'
import type { Line, Sign } from '../thread/arrange-messages.ts'

type Props = { readonly line: Line; readonly draft: Draft; readonly own: string; readonly tabIndex: 0 | -1 }

/** The signs at a message. One's own is taken back by a press, another's joined. */
export function Signs({ line, draft, own, tabIndex }: Props) {
  const { message, signs, moreSigns } = line
  if (signs.length === 0) return null
  return (
    <p class="signs">
      {signs.map((sign) => {
        const isOwn = sign.senders.includes(own)
        return (
          <button
            key={sign.content}
            type="button"
            class="sign"
            tabIndex={tabIndex}
            aria-pressed={isOwn}
            aria-label={`${sign.content}, from ${sayWho(sign, own)}`}
            disabled={isBusy(draft)}
            onClick={() => void draft.react(signTo(message, sign.content, isOwn ? 'removed' : 'added'))}
          >
            <bdi>{sign.content}</bdi> {sign.senders.length > 1 && sign.senders.length}
          </button>
        )
      })}
      {moreSigns > 0 && <span class="fine">and {moreSigns} more</span>}
    </p>
  )
}

const sayWho = ({ senders }: Sign, own: string): string => {
  if (senders.length > 1) return 'you and them'
  return senders.includes(own) ? 'you' : 'them'
}

const usual = ['👍', '❤️', '😂', '😮', '🙏'] as const

type ReactProps = { readonly message: Message; readonly draft: Draft; readonly onDone: () => void }

/** Chooses a sign to put to a message. */
export function React({ message, draft, onDone }: ReactProps) {
  const own = useSignal('')
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  const put = (content: string) => {
    if (content === '' || isBusy(draft)) return
    void draft.react(signTo(message, content, 'added'))
    onDone()
  }
  const submit = (event: Event) => {
    event.preventDefault()
    put(own.value.trim())
  }
  return (
    <form class="react" aria-label="React" onSubmit={submit}>
      {usual.map((content, i) => (
        <button key={content} ref={i === 0 ? first : null} type="button" class="sign" onClick={() => put(content)}>
          {content}
        </button>
      ))}
      <input
        type="text"
        aria-label="Another sign, or a word"
        placeholder="or a word"
        maxLength={mostReactionLength}
        value={own.value}
        onInput={(event) => (own.value = event.currentTarget.value)}
      />
      <button type="submit" class="quiet small" disabled={own.value.trim() === ''}>
        Put it
      </button>
    </form>
  )
}

/** While something is sent, nothing else is: it would end that. */
const isBusy = ({ stage }: Draft): boolean => stage.value.kind === 'asking' || stage.value.kind === 'sending'

const signTo = ({ id: reference }: Message, content: string, action: 'added' | 'removed') => ({
  reference,
  content,
  action,
})
