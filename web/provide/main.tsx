import { signal } from '@preact/signals'
import { render } from 'preact'
import { type NetworkInfo, readNetwork } from '../network/read-network.ts'
import { discoverWallets } from '../wallet/discover-wallets.ts'
import { Provide } from './provide.tsx'
import { readLink } from './read-link.ts'

const info = signal<NetworkInfo | { readonly error: unknown } | undefined>(undefined)

/** Another link in the same tab begins anew: nothing of the first one is shown for it. */
addEventListener('hashchange', () => location.reload())

discoverWallets()
readNetwork().then(
  (read) => (info.value = read),
  (error) => (info.value = { error }),
)
const root = document.getElementById('app')
if (root) render(<Provide info={info} link={readLink(location.hash)} />, root)
