import { type ReadonlySignal, useSignal } from '@preact/signals'
import type { LocalAccount, NetworkInfo } from '../network/read-network.ts'
import { canKeep } from '../session/own-store.ts'
import { signIn } from '../session/sign-in.ts'
import { type ConnectedWallet, connectWallet } from '../wallet/connect-wallet.ts'
import { type FoundWallet, foundWallets } from '../wallet/discover-wallets.ts'
import { Account, Trouble } from './parts.tsx'

type Choice = { readonly wallet: FoundWallet } | { readonly account: LocalAccount }

/** How far signing in is. */
type Step = 'choosing' | 'asking' | { readonly error: unknown }

/** Whom a page is for, and how its keys are used there. */
type Terms = {
  readonly info: NetworkInfo
  /** The only account that will do; anybody's unless given. */
  readonly sender?: string
  readonly options?: Parameters<typeof signIn>[2]
}

/** Chooses who one is. What will be signed is explained before anything is asked. */
export function SignIn({ info, trouble }: { readonly info: NetworkInfo; readonly trouble?: unknown }) {
  return (
    <main class="front">
      <h1>
        <img src="./stamp.svg" alt="" width="40" height="40" /> Pennypost
      </h1>
      <p class="lead">Encrypted letters between accounts. Yours are delivered when you meet what their reader asks.</p>
      {trouble !== undefined && <Trouble error={trouble} />}
      <SignInSteps info={info} />
    </main>
  )
}

/** The same as a part of another page. */
export function SignInSteps({ info, ...terms }: Terms) {
  const choice = useSignal<Choice | undefined>(undefined)
  return choice.value ? (
    <Explain info={info} {...terms} choice={choice.value} onBack={() => (choice.value = undefined)} />
  ) : (
    <Choose info={info} onChoose={(chosen) => (choice.value = chosen)} />
  )
}

function Choose({ info, onChoose }: { readonly info: NetworkInfo; readonly onChoose: (choice: Choice) => void }) {
  const accounts = info.local?.accounts ?? []
  return (
    <>
      {accounts.length > 0 && (
        <section aria-labelledby="local">
          <h2 id="local">Try it as</h2>
          <ul class="choices">
            {accounts.map((account) => (
              <li key={account.address}>
                <button type="button" onClick={() => onChoose({ account })}>
                  <Account {...account} />
                  <small>{account.about}</small>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="wallets">
        <h2 id="wallets">{accounts.length > 0 ? 'Or with your own wallet' : 'Sign in with your wallet'}</h2>
        <Wallets found={foundWallets} onChoose={onChoose} />
      </section>
    </>
  )
}

function Wallets({
  found,
  onChoose,
}: {
  readonly found: ReadonlySignal<readonly FoundWallet[]>
  readonly onChoose: (choice: Choice) => void
}) {
  if (found.value.length === 0) {
    return (
      <p class="empty">
        No wallet has announced itself on this page. Install a browser wallet, or unlock yours, and load the page again.
      </p>
    )
  }
  return (
    <ul class="choices">
      {found.value.map((wallet) => (
        <li key={wallet.id}>
          <button type="button" onClick={() => onChoose({ wallet })}>
            <span class="account">
              {wallet.icon && <img src={wallet.icon} alt="" width="24" height="24" />} <b dir="auto">{wallet.name}</b>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Nothing is signed by an account that this is not for. */
const otherAccount = (address: string): Error =>
  new Error(`The wallet shows ${address}, which is another account. Choose the right one in the wallet, and try again.`)

async function walletOf(choice: Choice): Promise<ConnectedWallet> {
  if ('wallet' in choice) return connectWallet(choice.wallet.provider)
  const { localWallet } = await import('../wallet/local-wallet.ts')
  return localWallet(choice.account)
}

type ExplainProps = Terms & { readonly choice: Choice; readonly onBack: () => void }

function Explain({ info, sender, options, choice, onBack }: ExplainProps) {
  const step = useSignal<Step>('choosing')
  const stays = useSignal(false)
  const begin = async () => {
    step.value = 'asking'
    try {
      const wallet = await walletOf(choice)
      if (sender !== undefined && wallet.address.toLowerCase() !== sender.toLowerCase())
        throw otherAccount(wallet.address)
      // The stamps of an account that everybody may use are nobody's loss, and its letters leave at once.
      await signIn(info, wallet, { ...options, stays: stays.value, lasts: stays.value || 'account' in choice })
    } catch (error) {
      step.value = { error }
    }
  }
  const isAsking = step.value === 'asking'
  return (
    <section aria-labelledby="explain">
      <h2 id="explain">{'wallet' in choice ? 'What your wallet will ask' : `Sign in as ${choice.account.name}`}</h2>
      {'wallet' in choice ? <WhatIsSigned host={location.host} /> : <WhatIsShared />}
      {canKeep() && (
        <label class="check">
          <input type="checkbox" checked={stays.value} onChange={() => (stays.value = !stays.value)} />
          <span>
            Stay signed in on this device
            <small>
              What opens your keys is kept here, encrypted, until you sign out, and stamps are ready for letters. Not on
              a computer that others use, nor in a private window.
            </small>
          </span>
        </label>
      )}
      <p class="row">
        <button type="button" class="main" disabled={isAsking} onClick={begin}>
          {isAsking ? 'Signing in…' : 'Sign in'}
        </button>
        <button type="button" class="quiet" disabled={isAsking} onClick={onBack}>
          Back
        </button>
      </p>
      <p role="status">{isAsking && 'Making your keys, or opening those you have.'}</p>
      {typeof step.value === 'object' && <Trouble error={step.value.error} />}
    </section>
  )
}

function WhatIsSigned({ host }: { readonly host: string }) {
  return (
    <>
      <p>It will show an account, and ask you to sign texts. They cost nothing and move nothing.</p>
      <dl class="terms">
        <dt>XMTP : Create Identity</dt>
        <dd>makes a messaging key yours. Asked the first time only.</dd>
        <dt>XMTP : Enable Identity</dt>
        <dd>encrypts the backup of that key, and opens it again on any device.</dd>
      </dl>
      <p>
        <b>Whoever has these signatures can read your mail.</b> Sign them on pages that you trust; this one is{' '}
        <b>{host}</b>. It keeps your keys in memory, until you sign out or close it, unless you say otherwise.
      </p>
    </>
  )
}

function WhatIsShared() {
  return (
    <p>
      This account is for trying things out on this machine: everybody who can open this page has its key. It signs by
      itself what a wallet would ask you to sign.
    </p>
  )
}
