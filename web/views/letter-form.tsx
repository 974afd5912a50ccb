import type { Refusal } from '@pennypost/sdk'
import { useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import type { Draft } from '../letter/create-draft.ts'
import type { Ways } from '../money/find-ways.ts'
import { WayCard } from '../money/way-card.tsx'
import { sayProgress } from '../words/say-progress.ts'
import { sayAmount } from '../words/say-quote.ts'
import { later } from './later.tsx'
import { Answered, FileField } from './letter-parts.tsx'
import { Trouble } from './parts.tsx'

type Props = {
  readonly desk: Desk
  readonly draft: Draft
  readonly label: string
  /** Where a conversation has begun: what is too long for a first letter would follow it by an hour or so. */
  readonly takesFiles?: boolean
}

const Keepers = later(async () => (await import('./keepers.tsx')).Keepers)

/** Writes and sends: what it takes is shown before, what goes on meanwhile, and why where it is refused. */
export function LetterForm({ desk, draft, label, takesFiles = false }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const { kind } = draft.stage.value
  const isBusy = kind === 'asking' || kind === 'sending'
  const isEmpty = draft.text.value.trim() === '' && !draft.file.value
  const submit = (event: Event) => {
    event.preventDefault()
    if (!isEmpty && !isBusy) void draft.ask()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit()
  }
  return (
    <form ref={form} class="letter" onSubmit={submit}>
      <Answered desk={desk} draft={draft} onChosen={() => field.current?.focus()} />
      <label>
        {label}
        <textarea
          ref={field}
          rows={3}
          dir="auto"
          value={draft.text.value}
          readOnly={isBusy}
          onInput={(event) => (draft.text.value = event.currentTarget.value)}
          onKeyDown={onKey}
        />
      </label>
      {draft.unattended.value && <Keepers draft={draft} quote={draft.unattended.value} isBusy={isBusy} />}
      <div aria-live="polite">
        <Outcome desk={desk} draft={draft} />
      </div>
      {kind !== 'quoted' && (
        <p class="row">
          <button type="submit" class="main" disabled={isBusy || isEmpty}>
            Send
          </button>
          {isBusy && (
            <button type="button" class="quiet" onClick={draft.stop}>
              Stop
            </button>
          )}
          {takesFiles && <FileField draft={draft} isBusy={isBusy} />}
          <span class="fine">Ctrl and Enter send, too.</span>
        </p>
      )}
    </form>
  )
}

function Outcome({ desk, draft }: Pick<Props, 'desk' | 'draft'>) {
  const { value: stage } = draft.stage
  switch (stage.kind) {
    case 'asking':
      return <p role="status">Looking at what is asked…</p>
    case 'quoted':
      return <Quoted desk={desk} draft={draft} ways={stage.ways} />
    case 'sending': {
      const { text, done } = sayProgress(stage.event)
      return (
        <div class="progress">
          <p role="status">{text}…</p>
          <progress aria-label="Sending" max={1} {...(done !== undefined && { value: done })} />
        </div>
      )
    }
    case 'refused':
      return <Refused desk={desk} refusal={stage.refusal} />
    case 'failed':
      return <Trouble error={stage.error} />
    case 'sent':
      return (
        <p class="fine">Delivered{stage.sent.price > 0n ? ` for ${sayAmount(stage.sent.price, desk.client)}` : ''}.</p>
      )
    default:
      return null
  }
}

function Quoted({ desk, draft, ways }: Pick<Props, 'desk' | 'draft'> & { readonly ways: Ways }) {
  const { client } = desk
  return (
    <section class="ways" aria-labelledby="takes">
      <h2 id="takes">What it takes</h2>
      {ways.ways.map((way) => (
        <WayCard key={way.name} way={way} token={client} end="send it" onTake={() => void draft.send(way, client)} />
      ))}
      <p class="row">
        <button type="button" class="quiet" onClick={draft.stop}>
          Go on writing
        </button>
      </p>
    </section>
  )
}

function Refused({ desk, refusal }: { readonly desk: Desk; readonly refusal: Refusal }) {
  const { message, code, missing, retryAt } = refusal
  return (
    <section class="notice trouble" role="alert" aria-label="Not delivered">
      <p class="foreign" dir="auto">
        <b>Not delivered.</b> {message} <code>{code}</code>
      </p>
      {missing.length > 0 && (
        <>
          <p>Any of this would help:</p>
          <ul>
            {missing.map(({ condition, explanation, price }) => (
              <li key={condition}>
                {explanation}
                {price !== undefined && `, for ${sayAmount(price, desk.client)}`} <code>{condition}</code>
              </li>
            ))}
          </ul>
        </>
      )}
      {retryAt !== undefined && <p>It may be tried again from {new Date(retryAt * 1000).toLocaleString()} on.</p>}
    </section>
  )
}
