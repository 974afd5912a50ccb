import {
  decodeKeyBackup,
  decodePrivateKeys,
  enableIdentityText,
  encodeKeyBackup,
  encodePrivateKeys,
} from '../codec/index.ts'
import {
  AeadRefusedError,
  type Ciphertext,
  fromHex,
  openCiphertext,
  otherForms,
  type RandomBytes,
  sealCiphertext,
  randomBytes as systemRandomBytes,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { type Identity, toIdentity } from './identity.ts'
import { askSignature, signWith, toWallet, type WalletLike } from './wallet.ts'

/**
 * Encrypts an account's keys to its wallet's signature over "Enable Identity" (XMTP V2). Goes to the private store, from
 * which any client of the account takes it.
 */
export async function sealBackup(
  { keys }: Pick<Identity, 'keys'>,
  wallet: WalletLike,
  randomBytes: RandomBytes = systemRandomBytes,
): Promise<Uint8Array> {
  const walletPreKey = randomBytes(32)
  const secret = fromHex(await signWith(toWallet(wallet), enableIdentityText(walletPreKey)))
  return encodeKeyBackup({ walletPreKey, ciphertext: sealCiphertext(encodePrivateKeys(keys), { secret }, randomBytes) })
}

/**
 * Opens a backup with the wallet. The key is the signature's bytes, and wallets write one signature in several ways, so each
 * of them is tried.
 */
export async function openBackup(backup: Uint8Array, wallet: WalletLike): Promise<Identity> {
  const { walletPreKey, ciphertext } = decodeKeyBackup(backup)
  const { raw, signature } = await askSignature(toWallet(wallet), enableIdentityText(walletPreKey))
  const keys = firstOf([signature, raw.replace(/^0X/, '0x'), ...otherForms(signature)], (secret) =>
    open(ciphertext, fromHex(secret)),
  )
  if (!keys) {
    throw new BackupRefusedError("The wallet's signature does not open the backup of its keys.", {
      hint: 'It must sign the same text the same way each time (RFC 6979).',
    })
  }
  return toIdentity(decodePrivateKeys(keys))
}

function open(ciphertext: Ciphertext, secret: Uint8Array): Uint8Array | undefined {
  try {
    return openCiphertext(ciphertext, { secret })
  } catch (cause) {
    if (cause instanceof AeadRefusedError) return undefined
    throw cause
  }
}

/** The first answer that there is. */
function firstOf<T, R>(list: readonly T[], ask: (item: T) => R | undefined): R | undefined {
  for (const item of list) {
    const answer = ask(item)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** A backup that this wallet did not make. */
export class BackupRefusedError extends BaseError {
  override readonly code = 'backup.refused'
}
