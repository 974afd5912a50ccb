import {
  type AuthorStatement,
  authorStatement,
  decodeBundle,
  decodeInvitation,
  decodeUnattendedAuthor,
  encodeBundle,
  encodeUnattendedAuthor,
  type PublicKeyBundle,
} from '../codec/index.ts'
import { sha256, signDigest, verifyDigest } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import type { Keyring } from '../identity/index.ts'
import type { ConversationV2 } from '../xmtp/index.ts'

/** Signs, as an account's identity key, who writes an unattended letter: encoded UnattendedAuthor. */
export function signAuthor({ identity }: Keyring, said: AuthorStatement): Uint8Array {
  const { bytes } = signDigest(sha256(authorStatement(said)), identity.keys.identityKey.secret)
  const { invitation, createdNs } = said
  return encodeUnattendedAuthor({ invitation, createdNs, bundle: encodeBundle(identity.bundle), signature: bytes })
}

/** Who wrote a letter, and the conversation that it begins. */
export type Author = { readonly bundle: PublicKeyBundle; readonly conversation: ConversationV2 }

/**
 * Who wrote an unattended letter, checked: a wallet's identity key has signed that it wrote this to this account in this letter.
 * Throws {@link AuthorRefusedError}, and the errors of bytes and keys that are none.
 */
export function readAuthor(
  keyring: Pick<Keyring, 'verifyBundle' | 'identity'>,
  bytes: Uint8Array,
  letter: Omit<AuthorStatement, 'createdNs' | 'invitation'>,
): Author {
  const { invitation, createdNs, bundle: encoded, signature } = decodeUnattendedAuthor(bytes)
  const bundle = decodeBundle(encoded)
  const peer = keyring.verifyBundle(bundle)
  const digest = sha256(authorStatement({ ...letter, invitation, createdNs }))
  if (!verifyDigest(signature, digest, bundle.identityKey.publicKey))
    throw new AuthorRefusedError(`The letter names ${peer}, whose key did not sign it.`)
  if (peer === keyring.identity.address)
    throw new AuthorRefusedError('The letter claims to be from the account that received it.')
  const conversation = decodeInvitation(invitation)
  return { bundle, conversation: { version: 'v2', ...conversation, peer, createdNs } }
}

/** An unattended letter that its author did not write, or not to this account. */
export class AuthorRefusedError extends BaseError {
  override readonly code = 'letter.forged'
}
