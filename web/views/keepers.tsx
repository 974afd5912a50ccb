import type { TrusteeChoice, UnattendedQuote } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import type { Draft } from '../letter/create-draft.ts'
import { readTrustees } from '../letter/read-trustees.ts'
import { sayKept } from '../words/say-kept.ts'
import { sayDay } from '../words/say-payment.ts'

type Props = { readonly draft: Draft; readonly quote: UnattendedQuote; readonly isBusy: boolean }

/** Who keeps the key of a letter to an account that has published none, until that account comes. */
export function Keepers({ draft, quote, isBusy }: Props) {
  const { value: choice } = draft.escrow
  const text = useSignal(choice === 'sender' ? '' : choice.trustees.join('\n'))
  const enough = useSignal(choice === 'sender' ? '' : `${choice.threshold ?? ''}`)
  const keepByTrustees = () => draft.keepBy(readTrustees(text.value, enough.value))
  return (
    <section class="notice keeping" aria-label="An account without keys">
      <p>
        This account has published no keys. The letter waits for it until {sayDay(quote.keptUntil)}, encrypted to a key
        that is handed out to whoever shows with its wallet that the account is theirs.
      </p>
      <fieldset class="options" disabled={isBusy}>
        <legend>This key is kept</legend>
        <Option label="By your own account" choice="sender" chosen={choice} onChoose={() => draft.keepBy('sender')} />
        <Option label="By trustees" choice="trustees" chosen={choice} onChoose={keepByTrustees} />
      </fieldset>
      {choice === 'sender' ? (
        <p class="fine">Nobody else could read it. A page of yours must be open when the account comes.</p>
      ) : (
        <>
          <label>
            Their addresses
            <textarea
              rows={2}
              spellcheck={false}
              placeholder="0x… 0x…"
              value={text.value}
              readOnly={isBusy}
              onInput={(event) => {
                text.value = event.currentTarget.value
                keepByTrustees()
              }}
            />
          </label>
          <label>
            How many are enough
            <input
              type="number"
              min={1}
              max={16}
              placeholder="more than half"
              value={enough.value}
              readOnly={isBusy}
              onInput={(event) => {
                enough.value = event.currentTarget.value
                keepByTrustees()
              }}
            />
          </label>
          <p class="fine">
            They answer while you are away. So many as are enough could read it together. Each gets a deposit first;
            what they ask for that is part of the price.
          </p>
        </>
      )}
      <p role="status">{draft.stage.value.kind === 'quoted' && sayKept(quote)}</p>
    </section>
  )
}

type OptionProps = {
  readonly label: string
  readonly choice: 'sender' | 'trustees'
  readonly chosen: 'sender' | TrusteeChoice
  readonly onChoose: () => void
}

function Option({ label, choice, chosen, onChoose }: OptionProps) {
  const isChosen = (choice === 'sender') === (chosen === 'sender')
  return (
    <label class="option">
      <input type="radio" name="keeper" checked={isChosen} onChange={onChoose} />
      {label}
    </label>
  )
}
