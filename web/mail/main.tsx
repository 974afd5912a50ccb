import { MailLinkMalformedError, readMailLink } from '@pennypost/sdk'
import { render } from 'preact'
import { Mail } from './mail.tsx'

/** Another link in the same tab begins anew: nothing of the first one is shown for it. */
addEventListener('hashchange', () => location.reload())

/** Whom the link names; undefined where it is malformed. */
function readAccount(): string | undefined {
  try {
    return readMailLink(location.href).account
  } catch (error) {
    if (error instanceof MailLinkMalformedError) return undefined
    throw error
  }
}

const root = document.getElementById('app')
if (root) render(<Mail account={readAccount()} host={location.host} />, root)
