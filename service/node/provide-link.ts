import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Topic } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { AppSource } from './app-source.ts'

/** Who was refused, on whose topic. */
export type Refused = { readonly wallet: Address; readonly recipient: Address; readonly kind: Topic['kind'] }

/** The page of the app on which people provide what is asked. */
const pageName = 'provide.html'

/** Where refused senders are referred to unless the operator says: the page of the own app, else the API's. */
export const providePath = ({ config, folder }: Pick<AppSource, 'config' | 'folder'>): string =>
  config.app === 'on' && existsSync(join(folder, pageName)) ? `app/${pageName}` : 'docs'

/**
 * The link for one of them. Who writes to whom stands behind the `#`, where the page reads it and browsers tell no host of it, since
 * the page may lie on another.
 */
export function provideLink(page: string, { wallet, recipient, kind }: Refused): string {
  const link = new URL(page)
  const about = new URLSearchParams(link.hash.slice(1))
  about.set('to', recipient)
  about.set('from', wallet)
  if (kind === 'intro') about.set('kind', kind)
  link.hash = about.toString()
  return link.href
}
