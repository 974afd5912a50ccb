import type { PaymentRate, Verdict } from '@pennypost/sdk'
import { type Signal, useSignal } from '@preact/signals'
import type { Desk } from '../desk/create-desk.ts'
import { go } from '../desk/place.ts'
import { keyOf } from '../inbox/inbox.ts'
import { Account, Copy, Time, Trouble } from '../views/parts.tsx'
import { useLoaded } from '../views/use-loaded.ts'
import { textOf } from '../words/say-message.ts'
import { sayRecord, sayStanding, sayVerdicts } from '../words/say-payment.ts'
import { ActView } from './act-view.tsx'
import { isChainOpen } from './chain-for.ts'
import { type PaidLetter, readPaidLetters, standingOf } from './paid-letter.ts'

type Chosen = ReadonlyMap<string, Verdict>

/** What strangers have paid to write, and the verdicts on their letters: several in one go. */
export function Received({ desk }: { readonly desk: Desk }) {
  const { client, acts } = desk
  const isOnChain = isChainOpen.value
  const letters = useLoaded(() => readPaidLetters(client, { isOnChain }), [isOnChain])
  const chosen = useSignal<Chosen>(new Map())
  const given = (letters.value.value ?? []).flatMap((letter) => givenOn(letter, chosen.value))
  const give = async (event: Event) => {
    event.preventDefault()
    await acts.run('received', async (step) => {
      const { settled, stoppedBy } = await client.payments.collect(given, step)
      if (stoppedBy !== undefined && settled === 0) throw stoppedBy
      const rest = stoppedBy === undefined ? '' : ' The rest was not brought there: give it once more.'
      return `${settled === 1 ? 'One verdict is' : `${settled} verdicts are`} on the chain.${rest}`
    })
    chosen.value = new Map()
    await letters.again()
  }
  return (
    <section aria-labelledby="received">
      <h2 id="received">Paid to write to you</h2>
      {letters.trouble.value !== undefined && <Trouble error={letters.trouble.value} />}
      {letters.value.value?.length === 0 && <p class="fine">Nobody has paid to write to you.</p>}
      <form onSubmit={give}>
        <ul class="cards">
          {letters.value.value?.map((letter) => (
            <Letter key={keyOf(letter.conversation)} desk={desk} letter={letter} chosen={chosen} />
          ))}
        </ul>
        {given.length > 0 && (
          <p class="row">
            <button type="submit" class="main" disabled={acts.isBusy}>
              {sayVerdicts(given, client)}
            </button>
            <span class="fine">Your wallet asks once more, and takes the chain’s fee.</span>
          </p>
        )}
      </form>
      <ActView acts={acts} at="received" />
    </section>
  )
}

/** The verdict that was chosen, where one can be given. */
function givenOn(letter: PaidLetter, chosen: Chosen) {
  const verdict = chosen.get(keyOf(letter.conversation))
  const standing = standingOf(letter)
  if (!verdict || standing.kind !== 'open') return []
  return [{ conversation: letter.conversation, verdict, rate: standing satisfies PaymentRate }]
}

type LetterProps = { readonly desk: Desk; readonly letter: PaidLetter; readonly chosen: Signal<Chosen> }

/** Characters of a letter that tell it from others. */
const mostShown = 80

const choices = [
  [undefined, 'Not yet'],
  ['fine', 'Fine'],
  ['spam', 'Spam'],
] as const

function Letter({ desk, letter, chosen }: LetterProps) {
  const { peerAddress } = letter.conversation
  const key = keyOf(letter.conversation)
  const standing = standingOf(letter)
  const [record] = letter.states ?? []
  const entry = desk.inbox.entries.value?.find((one) => one.key === key)
  const preview = entry?.last && textOf(entry.last).slice(0, mostShown)
  const choose = (verdict: Verdict | undefined) => {
    const others = [...chosen.value].filter(([name]) => name !== key)
    chosen.value = new Map(verdict ? [...others, [key, verdict]] : others)
  }
  return (
    <li class="notice">
      <p class="line">
        <Account address={peerAddress} name={desk.nameOf(peerAddress)} />
        <Copy text={peerAddress} label={`Copy the address ${peerAddress}`} />
        <Time at={letter.conversation.createdAt} />
      </p>
      {entry && (
        <p class="line">
          <span class="preview" dir="auto">
            {preview}
          </span>
          <button type="button" class="quiet small" onClick={() => go({ kind: 'thread', key })}>
            Read it
          </button>
        </p>
      )}
      <p>{sayStanding(standing, desk.client)}</p>
      {record && <p class="fine">{sayRecord(record)}</p>}
      {standing.kind === 'open' && (
        <fieldset class="options">
          <legend>
            Your verdict <span class="unseen">on {preview ?? peerAddress}</span>
          </legend>
          {choices.map(([verdict, label]) => (
            <label key={label} class="option">
              <input
                type="radio"
                name={key}
                checked={chosen.value.get(key) === verdict}
                onChange={() => choose(verdict)}
              />
              {label}
            </label>
          ))}
        </fieldset>
      )}
    </li>
  )
}
