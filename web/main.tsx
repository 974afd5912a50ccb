import { signal, useSignal, useSignalEffect } from '@preact/signals'
import { render } from 'preact'
import type { Desk } from './desk/create-desk.ts'
import { followHistory, go } from './desk/place.ts'
import { type NetworkInfo, readNetwork } from './network/read-network.ts'
import { session, signInAgain } from './session/sign-in.ts'
import { Trouble } from './views/parts.tsx'
import { SignIn } from './views/sign-in.tsx'
import { discoverWallets } from './wallet/discover-wallets.ts'

/** Why somebody who has stayed signed in could not be signed in again. */
const again = signal<unknown>(undefined)

const info = signal<NetworkInfo | { readonly error: unknown } | undefined>(undefined)

type Ready = { readonly desk: Desk; readonly View: typeof import('./views/desk.tsx').DeskView }

/** The page: who one is, and then the mail. What shows mail is fetched with the client. */
function Page() {
  const ready = useSignal<Ready | undefined>(undefined)
  useSignalEffect(() => {
    const current = session.value
    const isSame = current !== undefined && current.client.address === ready.peek()?.desk.client.address
    if (!isSame) ready.value = undefined
    if (current)
      void open(current, isSame).then((opened) => (ready.value = session.peek() === current ? opened : undefined))
  })
  if (ready.value) return <ready.value.View desk={ready.value.desk} />
  const { value } = info
  if (value && 'error' in value) return <Trouble error={value.error} />
  if (!value)
    return (
      <main class="front">
        <h1>Pennypost</h1>
        <p role="status">Opening…</p>
      </main>
    )
  return <SignIn info={value} trouble={again.value} />
}

/** Who is signed in anew stays where they are. */
async function open(current: NonNullable<typeof session.value>, isSame: boolean): Promise<Ready> {
  const [{ createDesk }, { DeskView }] = await Promise.all([
    import('./desk/create-desk.ts'),
    import('./views/desk.tsx'),
  ])
  if (!isSame) go({ kind: 'list' })
  return { desk: createDesk(current), View: DeskView }
}

discoverWallets()
followHistory()
readNetwork()
  .then(async (read) => {
    await signInAgain(read).catch((error: unknown) => (again.value = error))
    info.value = read
  })
  .catch((error: unknown) => (info.value = { error }))
const root = document.getElementById('app')
if (root) render(<Page />, root)
