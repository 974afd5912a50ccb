import { fromBytes } from '../crypto/abi.ts'
import { concatBytes, toBytes8, utf8 } from '../crypto/bytes.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { hkdfSha256 } from '../crypto/hkdf.ts'
import { issuerNameOf } from '../crypto/use.ts'
import { type FactCondition, predicateOf } from '../policy/index.ts'

/** Names a note that an issuer signs for an account. */
export type FactNoteName = {
  readonly networkId: Uint8Array
  /** The issuer's key: coordinates of 32 bytes, big-endian. */
  readonly issuer: { readonly x: Uint8Array; readonly y: Uint8Array }
  readonly epoch: number
  readonly fact: FactCondition
}

/**
 * The secret of an account's note, from its identity key: the same on each device, so that an issuer that is asked again gives
 * the same note. Another network, issuer, fact or epoch gives a secret that has nothing to do with this one.
 */
export function factSecretOf(identityPrivateKey: Uint8Array, { networkId, issuer, fact, epoch }: FactNoteName): bigint {
  const name = concatBytes(networkId, issuerNameOf(issuer), toBytes8(BigInt(epoch)), utf8(predicateOf(fact)))
  const info = concatBytes(utf8('pennypost/fact-secret/v1'), name)
  return fromBytes(hkdfSha256(identityPrivateKey, { info, length: 48 })) % FIELD_ORDER
}
