import type { Refusal } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import type { Entry } from '../inbox/inbox.ts'
import { Account, Copy, Trouble } from './parts.tsx'

type Props = { readonly desk: Desk }

/** Who may write without meeting the rule, and who may not whatever they meet. */
export function People({ desk }: Props) {
  const { client, inbox } = desk
  const blocked = useSignal<readonly string[] | undefined>(undefined)
  const trouble = useSignal<unknown>(undefined)
  const load = async () => {
    const denied = await client.conversations.list({ consent: 'denied' })
    blocked.value = [...new Set(denied.map(({ peerAddress }) => peerAddress))]
  }
  const attempt = (step: () => Promise<unknown>) => async () => {
    trouble.value = await step().then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  const unblock = (address: string) =>
    attempt(async () => {
      const done = await client.allow(address)
      if (!done.ok) throw done
      await Promise.all([load(), inbox.refresh()])
    })
  useEffect(() => void attempt(load)(), [client])
  const known = new Set(inbox.entries.value?.flatMap((one) => (one.isRequest ? [] : [one.conversation.peerAddress])))
  return (
    <section aria-labelledby="people">
      <h2 id="people">Who could write right now</h2>
      <p>
        Whoever meets this rule.{' '}
        {known.size === 0
          ? 'Nobody else: you have answered nobody yet.'
          : `Without meeting it: ${known.size === 1 ? 'the account' : `the ${known.size} accounts`} you talk with, in those conversations.`}{' '}
        To let somebody write anew for free, open a conversation and look under “About this account”.
      </p>
      <h2>Blocked</h2>
      {blocked.value?.length === 0 && <p class="fine">Nobody. Block an account where it has written to you.</p>}
      <ul class="people">
        {blocked.value?.map((address) => (
          <li key={address} class="line">
            <Account address={address} name={desk.nameOf(address)} />
            <Copy text={address} label={`Copy the address ${address}`} />
            <button type="button" onClick={unblock(address)} aria-label={`Unblock ${address}`}>
              Unblock
            </button>
          </li>
        ))}
      </ul>
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
    </section>
  )
}

type Said = { readonly ok: true } | Refusal

/** What can be done about the other account of a conversation. */
export function About({ desk, entry }: Props & { readonly entry: Entry }) {
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
