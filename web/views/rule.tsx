import type { PolicyView } from '@pennypost/sdk'
import { formatRule } from '@pennypost/sdk/policy'
import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { arrive, go } from '../desk/place.ts'
import { Builder } from '../rule/builder.tsx'
import { Preview } from '../rule/preview.tsx'
import { type ReadRule, readRule, splitAt } from '../rule/read-rule.ts'
import { Told } from '../rule/told.tsx'
import { Trouble } from './parts.tsx'
import { People } from './people.tsx'

type Saving = { readonly kind: 'no' | 'busy' | 'done' } | { readonly kind: 'failed'; readonly error: unknown }

/** One's own rule, by choosing or as text: what it means, what is wrong with it and where, and what faking each condition costs. */
export function Rule({ desk }: { readonly desk: Desk }) {
  const { client } = desk
  const current = useSignal<PolicyView | undefined>(undefined)
  const text = useSignal('')
  const saving = useSignal<Saving>({ kind: 'no' })
  const heading = useRef<HTMLHeadingElement>(null)
  const load = async () => {
    current.value = await client.policy.get()
    text.value = current.value.text
  }
  const attempt = (step: () => Promise<Saving>) => async () => {
    saving.value = { kind: 'busy' }
    saving.value = await step().catch((error: unknown): Saving => ({ kind: 'failed', error }))
  }
  useEffect(() => {
    arrive(heading.current)
    void attempt(async () => {
      await load()
      return { kind: 'no' }
    })()
  }, [client])
  const save = attempt(async () => {
    const published = await client.policy.set(text.value)
    if (!published.ok) return { kind: 'failed', error: published }
    await load()
    return { kind: 'done' }
  })
  const read = readRule(text.value, client)
  return (
    <>
      <div class="head">
        <button type="button" class="quiet back" onClick={() => go({ kind: 'list' })}>
          ‹ Mail
        </button>
        <h1 ref={heading} tabIndex={-1}>
          Who may write to you
        </h1>
      </div>
      {current.value && (
        <>
          {(read.ok || text.value.trim() === '') && (
            <Builder
              rule={read.ok ? read.rule : undefined}
              token={client}
              onChange={(rule) => (text.value = rule ? formatRule(rule, client) : '')}
            />
          )}
          <Editor text={text} read={read} onSave={save} isBusy={saving.value.kind === 'busy'}>
            {read.ok && <Preview rule={read.rule} faking={read.faking} desk={desk} />}
          </Editor>
        </>
      )}
      <p role="status">{saving.value.kind === 'done' && `In force, as version ${current.value?.version}.`}</p>
      {saving.value.kind === 'failed' && <Trouble error={saving.value.error} />}
      <People desk={desk} />
      {desk.info.notice && <Told desk={desk} />}
    </>
  )
}

type EditorProps = {
  readonly text: Signal<string>
  readonly read: ReadRule
  readonly isBusy: boolean
  readonly onSave: () => void
  /** What follows from it. */
  readonly children: ComponentChildren
}

function Editor({ text, read, isBusy, onSave, children }: EditorProps) {
  const submit = (event: Event) => {
    event.preventDefault()
    if (read.ok) onSave()
  }
  return (
    <form class="letter" onSubmit={submit}>
      <label>
        Strangers may write who meet this rule
        <textarea
          rows={3}
          spellcheck={false}
          value={text.value}
          aria-invalid={!read.ok}
          aria-describedby="meaning"
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <div id="meaning" aria-live="polite">
        {read.ok ? (
          <p>
            A stranger reads: <b>you may write if {read.explanation}</b>.
          </p>
        ) : (
          <Fault text={text.value} read={read} />
        )}
      </div>
      {children}
      <p class="row">
        <button type="submit" class="main" disabled={!read.ok || isBusy}>
          Publish it
        </button>
      </p>
    </form>
  )
}

function Fault({ text, read }: { readonly text: string; readonly read: ReadRule & { readonly ok: false } }) {
  if (text.trim() === '') return <p class="fine">Nothing is asked yet. Choose something, or write it.</p>
  const [before, word, after] = read.at === undefined ? [text, '', ''] : splitAt(text, read.at)
  return (
    <div class="notice trouble" role="alert">
      {read.at !== undefined && (
        <p class="rule">
          {before}
          <mark>{word || '?'}</mark>
          {after}
        </p>
      )}
      <p>
        {read.message}
        {read.at !== undefined && ` (at character ${read.at + 1})`}
      </p>
    </div>
  )
}
