import { faultOfAddress } from '@pennypost/sdk/crypto'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { arrive, go } from '../desk/place.ts'
import { isNameLike } from '../names/create-finder.ts'
import { LetterForm } from './letter-form.tsx'
import { NameField } from './name-field.tsx'
import { Account } from './parts.tsx'

/** A letter to an address. */
export function NewLetter({ desk }: { readonly desk: Desk }) {
  const { to, draft } = desk.letter
  const field = useRef<HTMLInputElement>(null)
  const named = useSignal<string | undefined>(undefined)
  const write = (address: string, name?: string) => {
    to.value = address
    named.value = name
    draft.readdress()
  }
  useEffect(() => {
    arrive(field.current)
    if (draft.stage.peek().kind === 'sent') write('') // the next letter is to somebody else
  }, [])
  const text = to.value.trim()
  const isName = isNameLike(text)
  const fault = text === '' || isName ? undefined : faultOfAddress(text)
  return (
    <>
      <div class="head">
        <button type="button" class="quiet back" onClick={() => go({ kind: 'list' })}>
          ‹ Mail
        </button>
        <h1>A letter</h1>
      </div>
      <label>
        To the address, or a name
        <input
          ref={field}
          type="text"
          spellcheck={false}
          autocomplete="off"
          placeholder="0x… or name.eth"
          value={to.value}
          aria-invalid={fault !== undefined}
          aria-describedby="to-fault"
          onInput={(event) => write(event.currentTarget.value)}
        />
      </label>
      <p id="to-fault" class="fine" role="status">
        {fault !== undefined && `This is no address yet: ${fault}.`}
      </p>
      {text === '' && <Known desk={desk} onChoose={write} />}
      {isName && <NameField desk={desk} text={text} onChoose={write} />}
      {named.value !== undefined && (
        <p class="fine">
          The address that you have chosen for <bdi>{named.value}</bdi>. It goes there, whatever becomes of the name.
        </p>
      )}
      {text !== '' && !isName && fault === undefined && <LetterForm desk={desk} draft={draft} label="Your letter" />}
    </>
  )
}

/** The accounts of a network for trying things out. */
function Known({ desk, onChoose }: { readonly desk: Desk; readonly onChoose: (address: string) => void }) {
  const others = (desk.info.local?.accounts ?? []).filter((one) => one.address !== desk.client.address)
  if (others.length === 0) return null
  return (
    <ul class="choices" aria-label="Accounts to try">
      {others.map(({ address, name, about }) => (
        <li key={address}>
          <button type="button" onClick={() => onChoose(address)}>
            <Account address={address} name={name} />
            <small>{about}</small>
          </button>
        </li>
      ))}
    </ul>
  )
}
