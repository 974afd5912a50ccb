import type { Conversation, Refusal } from '@pennypost/sdk'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { arrive, go } from '../desk/place.ts'
import type { Entry } from '../inbox/inbox.ts'
import { sayEvidence } from '../words/say-evidence.ts'
import { About } from './about.tsx'
import { later } from './later.tsx'
import { LetterForm } from './letter-form.tsx'
import { Messages } from './messages.tsx'
import { Account, Copy, Time, Trouble } from './parts.tsx'

const VerdictOn = later(async () => (await import('../money/verdict.tsx')).VerdictOn)

type Props = { readonly desk: Desk; readonly entry: Entry }

/** One conversation: what was said, what the stranger has shown, and a place to answer. */
export function Thread({ desk, entry }: Props) {
  const { conversation, isRequest } = entry
  const { peerAddress, path } = conversation
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => arrive(heading.current), [])
  return (
    <>
      <div class="head">
        <button type="button" class="quiet back" onClick={() => go({ kind: 'list' })}>
          ‹ Mail
        </button>
        <h1 ref={heading} tabIndex={-1}>
          <Account address={peerAddress} name={desk.nameOf(peerAddress)} />
        </h1>
        <Copy text={peerAddress} label={`Copy the address ${peerAddress}`} />
      </div>
      <p class="fine">
        {path === 'sealed'
          ? 'Sealed: the node does not learn who writes to whom.'
          : 'Visible: the node knows who writes to whom here, as with stock apps.'}
        {desk.inbox.hasOthers(entry) && (
          <>
            {' '}
            One of several conversations with this account, begun <Time at={conversation.createdAt} />.
          </>
        )}
      </p>
      <About desk={desk} entry={entry} />
      <Messages desk={desk} conversation={conversation} isRequest={isRequest} />
      {conversation.payments.length > 0 && <VerdictOn desk={desk} entry={entry} />}
      {isRequest && <Request desk={desk} conversation={conversation} />}
      <LetterForm desk={desk} draft={desk.draftIn(conversation)} label="Your answer" takesFiles />
    </>
  )
}

/** What a stranger has shown, and what can be said to that. */
function Request({ desk, conversation }: { readonly desk: Desk; readonly conversation: Conversation }) {
  const { client, inbox } = desk
  const { peerAddress } = conversation
  const shown = sayEvidence(conversation.evidence)
  const trouble = useSignal<unknown>(undefined)
  const isBusy = useSignal(false)
  const act = (step: () => Promise<Said>) => async () => {
    isBusy.value = true
    trouble.value = await faultOf(step)
    isBusy.value = false
    await inbox.refresh()
  }
  return (
    <section class="notice" aria-label="A request">
      <p>
        You have not written to this account before. Its letter came in because it showed what your rule and the network
        ask{shown.length > 0 ? ':' : '.'}
      </p>
      {shown.length > 0 && (
        <ul>
          {shown.map(({ condition, words }) => (
            <li key={condition}>
              <code>{condition}</code>, {words}
            </li>
          ))}
        </ul>
      )}
      <p class="row">
        <button type="button" class="main" disabled={isBusy.value} onClick={act(() => client.allow(peerAddress))}>
          Accept
        </button>
        <button type="button" disabled={isBusy.value} onClick={act(() => conversation.decline())}>
          Decline
        </button>
        <button type="button" disabled={isBusy.value} onClick={act(() => client.block(peerAddress))}>
          Block
        </button>
        <span class="fine">
          An answer accepts, too. What is declined is shown no more, and its writer may begin anew by meeting your rule;
          who is blocked may not.
        </span>
      </p>
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
    </section>
  )
}

type Said = { readonly ok: true } | Refusal

/** The refusal or the error, where there is one. */
const faultOf = (step: () => Promise<Said>): Promise<unknown> =>
  step().then(
    (said) => (said.ok ? undefined : said),
    (error: unknown) => error,
  )
