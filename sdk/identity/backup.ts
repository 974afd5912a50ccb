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
  type RandomBytes,
  sealCiphertext,
  randomBytes as systemRandomBytes,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { type Identity, toIdentity } from './identity.ts'
import { signWith, toWallet, type WalletLike } from './wallet.ts'

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
 * Opens a backup with the wallet. Wallets disagree on whether a signature ends in 0 and 1 or in 27 and 28, so both are
 * tried.
 */
export async function openBackup(backup: Uint8Array, wallet: WalletLike): Promise<Identity> {
  const { walletPreKey, ciphertext } = decodeKeyBackup(backup)
  const signature = fromHex(await toWallet(wallet).signMessage(enableIdentityText(walletPreKey)))
  const keys = open(ciphertext, signature) ?? open(ciphertext, withOtherV(signature))
  if (!keys) {
    throw new BackupRefusedError('The wallet does not open the backup of its keys.', {
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

function withOtherV(signature: Uint8Array): Uint8Array {
  const other = signature.slice()
  const v = other.at(-1) ?? 0
  other[other.length - 1] = v < 27 ? v + 27 : v - 27
  return other
}

/** A backup that this wallet did not make. */
export class BackupRefusedError extends BaseError {
  override readonly code = 'backup.refused'
}
