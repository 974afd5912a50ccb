import { useSignal } from '@preact/signals'
import type { Desk } from '../desk/create-desk.ts'
import type { Waiting, WaitingLetter } from '../inbox/watch-waiting.ts'
import { isUnasked, sayCount, sayKeepers, sayState } from '../words/say-waiting.ts'
import { Account, Trouble } from './parts.tsx'

type Props = { readonly desk: Desk }

/** Of many letters, so many are drawn. */
const mostShown = 20

/** Letters from before the account had keys: what one signature does, and who is asked then. */
export function WaitingCard({ desk, waiting: { letters, open } }: Props & { readonly waiting: Waiting }) {
  const isBusy = useSignal(false)
  const trouble = useSignal<unknown>(undefined)
  const ask = async () => {
    isBusy.value = true
    trouble.value = await open().then(
      () => undefined,
      (error: unknown) => error,
    )
    isBusy.value = false
  }
  const all = letters.value
  const isToAsk = all.some(isUnasked)
  return (
    <section class="notice waiting" aria-labelledby="waiting">
      <h2 id="waiting">{sayCount(all.length)}</h2>
      {isToAsk ? (
        <>
          <p>
            Written to your address when you had no keys to encrypt to. One signature of your wallet has the keys handed
            out to you, of all of them. It sends nothing, and costs nothing; where you have given it before, you are not
            asked again.
          </p>
          <p class="row">
            <button type="button" class="main" disabled={isBusy.value} onClick={ask}>
              Sign, and have them opened
            </button>
          </p>
        </>
      ) : (
        <p role="status">What is opened appears below by itself.</p>
      )}
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
      <ul class="keepers">
        {all.slice(0, mostShown).map((letter, i) => (
          <li key={i}>
            <Letter desk={desk} letter={letter} />
          </li>
        ))}
      </ul>
      {all.length > mostShown && <p class="fine">And {all.length - mostShown} more.</p>}
    </section>
  )
}

function Letter({ desk, letter }: Props & { readonly letter: WaitingLetter }) {
  return (
    <>
      <p class="fine">{sayKeepers(letter)}</p>
      <ul>
        {letter.trustees.map((trustee, i) => (
          <li key={i}>
            {trustee.address ? <Account address={trustee.address} name={desk.nameOf(trustee.address)} /> : 'Its writer'}
            : {sayState(trustee)}
            {trustee.code !== undefined && (
              <>
                {' '}
                <code>{trustee.code}</code>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
