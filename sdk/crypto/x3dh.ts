import { concatBytes } from './bytes.ts'
import { sharedPoint } from './secp256k1.ts'

/** My two private keys and the peer's two public ones. */
export type X3dhKeys = {
  identitySecret: Uint8Array
  preKeySecret: Uint8Array
  peerIdentityKey: Uint8Array
  peerPreKey: Uint8Array
}

/**
 * The secret of XMTP V2's variant of X3DH, in which the sender's pre-key stands for the ephemeral key: three whole
 * points, 195 bytes. Both sides get the same when one is `sender` and the other `recipient`. Check the peer's pre-key
 * signature first.
 */
export function x3dhSecret(
  { identitySecret, preKeySecret, peerIdentityKey, peerPreKey }: X3dhKeys,
  role: 'sender' | 'recipient',
): Uint8Array {
  const identityToPreKey = sharedPoint(identitySecret, peerPreKey)
  const preKeyToIdentity = sharedPoint(preKeySecret, peerIdentityKey)
  const preKeyToPreKey = sharedPoint(preKeySecret, peerPreKey)
  return role === 'sender'
    ? concatBytes(identityToPreKey, preKeyToIdentity, preKeyToPreKey)
    : concatBytes(preKeyToIdentity, identityToPreKey, preKeyToPreKey)
}
