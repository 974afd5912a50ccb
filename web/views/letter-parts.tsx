import { mostAttachmentBytes } from '@pennypost/sdk'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import type { Draft } from '../letter/create-draft.ts'
import { readFile, sayBytes } from '../thread/file.ts'
import { textOf } from '../words/say-message.ts'

type Props = { readonly desk: Desk; readonly draft: Draft; readonly onChosen: () => void }

/** Which message is answered, and how to answer none. */
export function Answered({ desk, draft, onChosen }: Props) {
  useSignalEffect(() => {
    if (draft.answered.value) onChosen()
  })
  const message = draft.answered.value
  if (!message) return null
  const text = textOf(message)
  return (
    <div class="quote line">
      <p>
        <span class="fine">A reply to what {message.sender === desk.client.address ? 'you' : 'they'} wrote:</span>
        <span class="preview" dir="auto">
          {text.slice(0, 160)}
        </span>
      </p>
      <button type="button" class="quiet small" onClick={() => (draft.answered.value = undefined)}>
        No reply
      </button>
    </div>
  )
}

/** Chooses a file to send with it. */
export function FileField({ draft, isBusy }: { readonly draft: Draft; readonly isBusy: boolean }) {
  const field = useRef<HTMLInputElement>(null)
  const said = useSignal<string | undefined>(undefined)
  const choose = async (files: FileList | null) => {
    const [file] = files ?? []
    if (!file) return
    const isTooLarge = file.size > mostAttachmentBytes
    said.value = isTooLarge
      ? `It has ${sayBytes(file.size)}; a message has room for ${sayBytes(mostAttachmentBytes)}.`
      : undefined
    if (!isTooLarge) draft.file.value = await readFile(file)
    if (field.current) field.current.value = '' // the same one may be chosen again
  }
  const file = draft.file.value
  return (
    <span class="attach">
      <input
        ref={field}
        type="file"
        hidden
        aria-label="A file"
        onChange={(event) => void choose(event.currentTarget.files)}
      />
      {file ? (
        <>
          <span class="preview">
            {file.filename} <small>{sayBytes(file.data.length)}</small>
          </span>
          <button type="button" class="quiet small" disabled={isBusy} onClick={() => (draft.file.value = undefined)}>
            Take it out
          </button>
        </>
      ) : (
        <button type="button" class="quiet small" disabled={isBusy} onClick={() => field.current?.click()}>
          Attach a file
        </button>
      )}
      <span class="fine" role="status">
        {said.value}
      </span>
    </span>
  )
}
