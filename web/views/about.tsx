import type { Refusal } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import type { Desk } from '../desk/create-desk.ts'
import type { Entry } from '../inbox/inbox.ts'
import { Trouble } from './parts.tsx'

type Said = { readonly ok: true } | Refusal

/** What can be done about the other account of a conversation. */
export function About({ desk, entry }: { readonly desk: Desk; readonly entry: Entry }) {
  const { client, inbox } = desk
  const said = useSignal<string | undefined>(undefined)
  const trouble = useSignal<unknown>(undefined)
  const isBusy = useSignal(false)
  const act = (text: string, step: () => Promise<Said>) => async () => {
    isBusy.value = true
    said.value = undefined
    try {
      const done = await step()
      trouble.value = done.ok ? undefined : done
      if (done.ok) said.value = text
    } catch (error) {
      trouble.value = error
    }
    isBusy.value = false
    await inbox.refresh()
  }
  const { connections } = client
  const address = entry.conversation.peerAddress
  return (
    <details class="about">
      <summary>About this account</summary>
      <p>
        <code class="whole">{address}</code>
      </p>
      <p class="fine">
        {connections.isHeld(address) ? 'You may write to it freely.' : 'To write to it anew, you meet its rule.'}
      </p>
      <p class="row">
        <button
          type="button"
          disabled={isBusy.value}
          onClick={act('It may write to you freely, for a year.', () => connections.grant(address))}
        >
          Let it write freely
        </button>
        <button
          type="button"
          disabled={isBusy.value}
          onClick={act('It meets your rule again.', () => connections.revoke(address))}
        >
          Take that back
        </button>
        {!entry.isRequest && (
          <button type="button" disabled={isBusy.value} onClick={act('It is blocked.', () => client.block(address))}>
            Block
          </button>
        )}
      </p>
      <p role="status">{said.value}</p>
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
    </details>
  )
}
