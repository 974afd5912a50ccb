import type { Client } from '@pennypost/sdk'
import type { Way } from './find-ways.ts'
import { isPaidNow, sayPress, sayWay } from './say-way.ts'

type Props = {
  readonly way: Way
  readonly token: Pick<Client, 'decimals'>
  /** What comes of it, as the end of a sentence. */
  readonly end: string
  readonly onTake: () => void
}

/** One way to meet what is asked, and the button that takes it: it names whatever is paid. */
export function WayCard({ way, token, end, onTake }: Props) {
  return (
    <article class="notice way" aria-label={way.quote.explanation}>
      <h3 class="foreign">{way.quote.explanation}</h3>
      <dl class="terms">
        {sayWay(way, token).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="row">
        <button type="button" class="main" onClick={onTake}>
          {sayPress(way, end, token)}
        </button>
      </p>
      {isPaidNow(way) && (
        <p class="fine">Your wallet asks once more. No more than this is paid, whatever is asked meanwhile.</p>
      )}
    </article>
  )
}
