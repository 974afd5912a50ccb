import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals'
import type { NetworkInfo } from '../network/read-network.ts'
import { session } from '../session/sign-in.ts'
import { isNodeUp } from '../session/watch-node.ts'
import { Copy, Trouble } from '../views/parts.tsx'
import { SignInSteps } from '../views/sign-in.tsx'
import type { Errand } from './errand.ts'
import type { BadLink, Link } from './read-link.ts'

type Ready = { readonly errand: Errand; readonly View: typeof import('./steps.tsx').Steps }

type Read = NetworkInfo | { readonly error: unknown } | undefined
type Props = { readonly info: ReadonlySignal<Read>; readonly link: Link | BadLink }

/** Where somebody whose app was refused meets what is asked, so that the message is delivered which the node has kept. */
export function Provide({ info, link }: Props) {
  return (
    <main class="front provide">
      <p class="brand">
        <img src="./stamp.svg" alt="" width="24" height="24" /> Pennypost
      </p>
      <h1>Let your message in</h1>
      {'problem' in link ? <Bad link={link} /> : <Good info={info} link={link} />}
    </main>
  )
}

function Bad({ link }: { readonly link: BadLink }) {
  return (
    <div class="notice trouble" role="alert">
      <p class="foreign">{link.problem}</p>
      <p>Copy the whole link from your app’s message, up to the last character, and open it again.</p>
    </div>
  )
}

function Good({ info, link }: { readonly info: ReadonlySignal<Read>; readonly link: Link }) {
  const { value } = info
  return (
    <>
      <p class="lead">
        Your app has sent you here, because a reader asks something of strangers before they are let in.
      </p>
      <dl class="terms">
        <Whole name="To" address={link.recipient} />
        <Whole name="From your account" address={link.wallet} />
      </dl>
      {value && 'error' in value && <Trouble error={value.error} />}
      {value && !('error' in value) && <Signed info={value} link={link} />}
    </>
  )
}

/** An address as it is, to compare and to copy. */
function Whole({ name, address }: { readonly name: string; readonly address: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code class="whole">{address}</code> <Copy text={address} label={`Copy the address ${address}`} />
      </dd>
    </div>
  )
}

/** No page of the account's log is written at a time of its own: here the node learns anyway who writes to whom. */
const options = { privacy: { copySeconds: 0 } } as const

function Signed({ info, link }: { readonly info: NetworkInfo; readonly link: Link }) {
  const ready = useSignal<Ready | undefined>(undefined)
  useSignalEffect(() => {
    const current = session.value
    if (current) void open(current, link).then((opened) => (ready.value = opened))
  })
  const { value } = ready
  if (value && session.value) {
    return (
      <>
        {!isNodeUp.value && (
          <p class="notice trouble" role="status">
            The node does not answer. What was paid is not lost: load the page again once it does.
          </p>
        )}
        <value.View errand={value.errand} client={session.value.client} />
      </>
    )
  }
  return (
    <>
      <p>
        Connect the wallet of that account to see what is asked, and at which price. Nothing is paid before you press a
        button that names the amount.
      </p>
      <SignInSteps info={info} sender={link.wallet} options={options} />
    </>
  )
}

async function open({ client, storage }: NonNullable<typeof session.value>, link: Link): Promise<Ready> {
  const [{ Errand }, { Steps }] = await Promise.all([import('./errand.ts'), import('./steps.tsx')])
  const errand = new Errand({ client, storage, link })
  void errand.look()
  return { errand, View: Steps }
}
