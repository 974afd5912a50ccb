import { Trouble } from '../views/parts.tsx'
import { sayProgress } from '../words/say-progress.ts'
import type { Acts } from './acts.ts'

/** What goes on where something was pressed, and what came of it. */
export function ActView({ acts, at }: { readonly acts: Acts; readonly at: string }) {
  const act = acts.now.value
  return <div aria-live="polite">{act?.at === at && <Shown acts={acts} />}</div>
}

function Shown({ acts }: { readonly acts: Acts }) {
  const act = acts.now.value
  if (act?.kind === 'failed') return <Trouble error={act.error} />
  if (act?.kind === 'done') return <p class="notice done">{act.text}</p>
  const { text, done } = sayProgress(act?.event)
  return (
    <div class="progress">
      <p role="status">{text}…</p>
      <progress aria-label={text} max={1} {...(done !== undefined && { value: done })} />
      <p class="row">
        <button type="button" class="quiet" onClick={() => acts.stop()}>
          Wait no longer
        </button>
        <span class="fine">What was sent to the chain is not taken back, and not sent again.</span>
      </p>
    </div>
  )
}
