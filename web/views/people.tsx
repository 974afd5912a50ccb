import type { Refusal } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import { type ComponentChildren, toChildArray } from 'preact'
import type { Desk } from '../desk/create-desk.ts'
import { go } from '../desk/place.ts'
import { onlyAllowed, readPeople, talkedWith } from '../rule/read-people.ts'
import { sayDay } from '../words/say-payment.ts'
import { Account, Copy, Trouble } from './parts.tsx'
import { useLoaded } from './use-loaded.ts'

type Props = { readonly desk: Desk }

type Said = { readonly ok: true } | Refusal

/** Who could write right now, by name: those let in, those in conversation, and who may not whatever they meet. */
export function People({ desk }: Props) {
  const { client, inbox } = desk
  const people = useLoaded(() => readPeople(client), [client])
  const trouble = useSignal<unknown>(undefined)
  const act = (step: () => Promise<Said>) => async () => {
    trouble.value = await step().then(
      (done) => (done.ok ? undefined : done),
      (error: unknown) => error,
    )
    await Promise.all([people.again(), inbox.refresh()])
  }
  const { value } = people.value
  const talked = talkedWith(inbox.entries.value)
  return (
    <section aria-labelledby="people">
      <h2 id="people">Who could write right now</h2>
      <p>
        Whoever meets this rule; and without meeting it, those below. To let somebody write anew for free, open a
        conversation and look under “About this account”.
      </p>
      {people.trouble.value !== undefined && <Trouble error={people.trouble.value} />}
      <Group title="Freely, until a day" none="Nobody." count={value?.connected.length}>
        {value?.connected.map(({ address, expiresAt }) => (
          <Person key={address} desk={desk} address={address} note={<>until {sayDay(expiresAt)}</>}>
            <button
              type="button"
              aria-label={`Take that back (${address})`}
              onClick={act(() => client.connections.revoke(address))}
            >
              Take that back
            </button>
          </Person>
        ))}
      </Group>
      <Group title="In the conversations that you have" none="You have answered nobody yet." count={talked.length}>
        {talked.map(({ key, conversation: { peerAddress: address } }) => (
          <Person key={address} desk={desk} address={address}>
            <button type="button" aria-label={`Open (${address})`} onClick={() => go({ kind: 'thread', key })}>
              Open
            </button>
          </Person>
        ))}
      </Group>
      {value && onlyAllowed(value, talked).length > 0 && (
        <Group title="Allowed: meeting the rule, and never as a request" none="" count={1}>
          {onlyAllowed(value, talked).map((address) => (
            <Person key={address} desk={desk} address={address}>
              <button type="button" aria-label={`Block (${address})`} onClick={act(() => client.block(address))}>
                Block
              </button>
            </Person>
          ))}
        </Group>
      )}
      <Group title="Blocked" none="Nobody. Block an account where it has written to you." count={value?.blocked.length}>
        {value?.blocked.map((address) => (
          <Person key={address} desk={desk} address={address}>
            <button type="button" aria-label={`Unblock ${address}`} onClick={act(() => client.allow(address))}>
              Unblock
            </button>
          </Person>
        ))}
      </Group>
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
    </section>
  )
}

type GroupProps = {
  readonly title: string
  /** What is said where there is nobody. */
  readonly none: string
  /** Undefined until it is known. */
  readonly count: number | undefined
  readonly children: ComponentChildren
}

/** Of a long list, so many are drawn at first. */
const mostShown = 20

function Group({ title, none, count, children }: GroupProps) {
  const isWhole = useSignal(false)
  const all = toChildArray(children)
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {count === 0 && <p class="fine">{none}</p>}
      <ul class="people">{isWhole.value ? all : all.slice(0, mostShown)}</ul>
      {all.length > mostShown && !isWhole.value && (
        <button type="button" class="quiet small" onClick={() => (isWhole.value = true)}>
          Show all {all.length.toLocaleString()}
        </button>
      )}
    </section>
  )
}

type PersonProps = Props & {
  readonly address: string
  readonly note?: ComponentChildren
  /** What can be done about it. */
  readonly children: ComponentChildren
}

function Person({ desk, address, note, children }: PersonProps) {
  return (
    <li class="line">
      <Account address={address} name={desk.nameOf(address)} />
      {note && <small>{note}</small>}
      <Copy text={address} label={`Copy the address ${address}`} />
      {children}
    </li>
  )
}
