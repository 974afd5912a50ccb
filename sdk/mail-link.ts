import { type Address, checksumAddress, isAddress } from './crypto/index.ts'
import { BaseError } from './errors.ts'

/** Where a link leads, and the account for which mail may wait. */
export type MailLink = {
  /** The page that says what to do: `https`, or this machine. It decides what the account's owner is shown, and can be anybody's. */
  readonly page: string
  readonly account: Address
}

/** What is wrong with a link, of which the first that applies is said. */
export type MailLinkFault = 'too-long' | 'parts' | 'page' | 'address'

/** So many characters, all of them ASCII: a transfer carries as many bytes. */
const mostLength = 256

/** What browsers take for this machine. */
const ownHosts = ['localhost', '127.0.0.1', '[::1]']

/**
 * The link that tells an account that mail waits for it: the page, `#for=`, and the account with its checksum. It is the same
 * whoever makes it and whenever, and proves nothing. What follows the `#` is told to no host. Throws {@link MailLinkMalformedError}.
 *
 * @example
 * ```ts
 * import { mailLink } from '@pennypost/sdk'
 *
 * const account = '0x937C0d4a6294cdfa575de17382c7076b579DC176'
 * console.log(mailLink({ page: 'https://pennypost.example/mail.html', account }))
 * ```
 */
export function mailLink({ page, account }: { readonly page: string; readonly account: string }): string {
  const fault = faultOfPage(page)
  if (fault) throw new MailLinkMalformedError('page', fault)
  const link = `${new URL(page).href}#for=${checksumAddress(account)}`
  if (link.length > mostLength) throw tooLong(link)
  return link
}

/**
 * Reads such a link, as {@link mailLink} writes it and in no other form. Throws {@link MailLinkMalformedError}.
 *
 * @example
 * ```ts
 * import { readMailLink } from '@pennypost/sdk'
 *
 * const { account } = readMailLink('https://pennypost.example/mail.html#for=0x937C0d4a6294cdfa575de17382c7076b579DC176')
 * console.log('mail may wait for', account)
 * ```
 */
export function readMailLink(text: string): MailLink {
  if (text.length > mostLength) throw tooLong(text)
  const [, page, account] = /^([^#]*)#for=([^#&=]*)$/.exec(text) ?? []
  if (page === undefined || account === undefined)
    throw new MailLinkMalformedError('parts', 'It is not a page, “#for=” and one account.')
  const fault = faultOfPage(page)
  if (fault) throw new MailLinkMalformedError('page', fault)
  if (new URL(page).href !== page) throw new MailLinkMalformedError('page', 'Its page is not written as browsers do.')
  if (!isAddress(account)) throw new MailLinkMalformedError('address', 'It names no account with its checksum.')
  return { page, account }
}

function faultOfPage(page: string): string | undefined {
  if (!URL.canParse(page)) return 'Its page is no URL.'
  const { protocol, hostname, username, password, href } = new URL(page)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && ownHosts.includes(hostname))
  if (!isSafe) return 'Its page is neither under https nor on this machine.'
  if (username !== '' || password !== '') return 'Its page has a name before the host, which can pass for one.'
  return /[?#]/.test(href) ? 'Its page has more than a path behind the host.' : undefined
}

const tooLong = ({ length }: string): MailLinkMalformedError =>
  new MailLinkMalformedError('too-long', `It has ${length} characters, ${mostLength} at most.`)

/** A link to mail that is not written as it must be, or a page to which no such link leads. */
export class MailLinkMalformedError extends BaseError {
  override readonly code = 'mail-link.malformed'
  readonly fault: MailLinkFault

  constructor(fault: MailLinkFault, message: string) {
    super(`This is no link to mail. ${message}`)
    this.fault = fault
  }
}
