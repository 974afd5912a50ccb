import { checksumAddress } from '@pennypost/sdk/crypto'

/** What a refused app's link asks for: that the message which waits from one account to another is let in. */
export type Link = { readonly wallet: string; readonly recipient: string; readonly kind: 'invite' | 'intro' }

/** A link that says nothing to provide for. */
export type BadLink = { readonly problem: string }

/** Reads the part of the address that browsers keep to themselves. Nothing else of it counts, least of all who is to be asked. */
export function readLink(hash: string): Link | BadLink {
  const about = new URLSearchParams(hash.replace(/^#/, ''))
  const [recipient, wallet] = [readAddress(about.get('to')), readAddress(about.get('from'))]
  if (!recipient) return { problem: missing('to', about.get('to')) }
  if (!wallet) return { problem: missing('from', about.get('from')) }
  if (recipient === wallet) return { problem: 'The link says that the message is from an account to itself.' }
  return { wallet, recipient, kind: about.get('kind') === 'intro' ? 'intro' : 'invite' }
}

function readAddress(text: string | null): string | undefined {
  try {
    return text === null ? undefined : checksumAddress(text)
  } catch {
    return undefined
  }
}

const longestShown = 80

const missing = (name: 'to' | 'from', text: string | null): string => {
  const who = name === 'to' ? 'whom the message is for' : 'whom the message is from'
  return text === null
    ? `The link does not say ${who}.`
    : `The link says ${who}, but that is no address: “${text.slice(0, longestShown)}”.`
}
