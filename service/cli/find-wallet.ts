import { BaseError } from '@pennypost/sdk'
import type { Hex } from '@pennypost/sdk/crypto'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { openKeystore, readKeystore } from './keystore.ts'
import type { Settings } from './settings.ts'

type Edges = {
  readonly env: NodeJS.ProcessEnv
  /** Asks whoever sits there, or undefined where nobody answers. */
  readonly ask: (question: string) => Promise<string | undefined>
}

/** The key that a command acts with: of the keystore, else of PENNYPOST_PRIVATE_KEY, else what is typed. */
export async function findKey({ keystore }: Pick<Settings, 'keystore'>, edges: Edges): Promise<Hex> {
  if (keystore === undefined) return keyOf(edges.env.PENNYPOST_PRIVATE_KEY || (await edges.ask('Private key: ')))
  const json = await readKeystore(keystore) // before anybody types
  return openKeystore(json, (await edges.ask(`Password of ${keystore}: `)) ?? '')
}

/** A key as people write it. Throws {@link KeyMissingError}. */
export function keyOf(text: string | undefined): Hex {
  if (!text) {
    throw new KeyMissingError('No account was named.', {
      hint: 'Give --keystore, or set PENNYPOST_PRIVATE_KEY, or run it where you can type a key.',
    })
  }
  const key: Hex = `0x${text.trim().replace(/^0x/, '')}`
  accountOf(key)
  return key
}

/** The account of a key. */
export function accountOf(key: Hex): PrivateKeyAccount {
  try {
    return privateKeyToAccount(key)
  } catch {
    throw new KeyMissingError('That is no private key.', { hint: 'It has 64 hex digits.' }) // and is not repeated, in no cause
  }
}

/** A command acts for an account, and was given no key of one. */
export class KeyMissingError extends BaseError {
  override readonly code = 'key.missing'
}
