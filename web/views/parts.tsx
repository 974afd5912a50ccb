import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { sayProblem } from '../words/say-problem.ts'

const shortened = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`

/** An account: its name where it has one here, and its address, shortened; a button copies it whole. */
export function Account({ address, name }: { readonly address: string; readonly name?: string | undefined }) {
  return (
    <span class="account" title={address}>
      {name && <b>{name} </b>}
      <code>{shortened(address)}</code>
    </span>
  )
}

/** Copies a text, and says so. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    isCopied.value = true
    setTimeout(() => (isCopied.value = false), 1_500)
  }
  return (
    <button type="button" class="quiet small" aria-label={label} onClick={copy}>
      <span aria-live="polite">{isCopied.value ? 'copied' : 'copy'}</span>
    </button>
  )
}

const longestShown = 4_000

/** What somebody else has written: always as text, and a part of it where it is very long. */
export function Foreign({ text }: { readonly text: string }) {
  const isWhole = useSignal(false)
  const isCut = text.length > longestShown && !isWhole.value
  return (
    <>
      <p class="foreign" dir="auto">
        {isCut ? `${text.slice(0, longestShown)}…` : text}
      </p>
      {isCut && (
        <button type="button" class="quiet small" onClick={() => (isWhole.value = true)}>
          Show all {text.length.toLocaleString()} characters
        </button>
      )}
    </>
  )
}

/** What went wrong, and what helps. */
export function Trouble({ error, children }: { readonly error: unknown; readonly children?: ComponentChildren }) {
  const { message, code } = sayProblem(error)
  return (
    <div class="notice trouble" role="alert">
      <p class="foreign" dir="auto">
        {message} {code && <code>{code}</code>}
      </p>
      {children}
    </div>
  )
}

const today = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const before = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

/** A time as the person's own clock has it. */
export function Time({ at }: { readonly at: Date }) {
  const isToday = at.toDateString() === new Date().toDateString()
  return (
    <time dateTime={at.toISOString()} title={whole.format(at)}>
      {(isToday ? today : before).format(at)}
    </time>
  )
}
