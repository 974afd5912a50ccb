import { BaseError } from '@pennypost/sdk'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { openKeystore, readKeystore } from './keystore.ts'
import type { Settings } from './settings.ts'

type Edges = {
  readonly env: NodeJS.ProcessEnv
  /** Asks whoever sits there, or undefined where nobody answers. */
  readonly ask: (question: string) => Promise<string | undefined>
}

/** The account that a command acts for: of the keystore, else of PENNYPOST_PRIVATE_KEY, else of a key that is typed. */
export async function findWallet({ keystore }: Pick<Settings, 'keystore'>, edges: Edges): Promise<PrivateKeyAccount> {
  if (keystore === undefined) return accountOf(edges.env.PENNYPOST_PRIVATE_KEY || (await edges.ask('Private key: ')))
  const json = await readKeystore(keystore) // before anybody types
  return accountOf(await openKeystore(json, (await edges.ask(`Password of ${keystore}: `)) ?? ''))
}

function accountOf(key: string | undefined): PrivateKeyAccount {
  if (!key) {
    throw new KeyMissingError('No account was named.', {
      hint: 'Give --keystore, or set PENNYPOST_PRIVATE_KEY, or run it where you can type a key.',
    })
  }
  try {
    return privateKeyToAccount(`0x${key.trim().replace(/^0x/, '')}`)
  } catch {
    throw new KeyMissingError('That is no private key.', { hint: 'It has 64 hex digits.' }) // and is not repeated, in no cause
  }
}

/** A command acts for an account, and was given no key of one. */
export class KeyMissingError extends BaseError {
  override readonly code = 'key.missing'
}
