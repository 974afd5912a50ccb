import { type Address, fromBytes, type Hex, toHex } from '../crypto/index.ts'
import { type FactCondition, predicateOf } from '../policy/index.ts'

/** What an account asks an issuer to attest, and for which note. */
export type FactRequest = {
  readonly networkId: Uint8Array
  /** The issuer's key: coordinates of 32 bytes, big-endian. */
  readonly issuer: { readonly x: Uint8Array; readonly y: Uint8Array }
  /** The account that the fact is about. */
  readonly subject: Address
  readonly fact: FactCondition
  readonly epoch: number
  readonly secretHash: bigint
  readonly personHash: bigint
}

const types = {
  Fact: [
    { name: 'network', type: 'bytes32' },
    { name: 'issuerX', type: 'uint256' },
    { name: 'issuerY', type: 'uint256' },
    { name: 'subject', type: 'address' },
    { name: 'predicate', type: 'string' },
    { name: 'epoch', type: 'uint64' },
    { name: 'secretHash', type: 'uint256' },
    { name: 'personHash', type: 'uint256' },
  ],
} as const

/**
 * What the account signs to show that it is the one which the fact is about (EIP-712): it names network, issuer and epoch, so
 * that no issuer can show it to another, and the account, so that what a key signs for itself does not serve a wallet that
 * believes the key (ERC-1271). The domain has no chain: a fact may be of any, and nothing is sent to one.
 */
export function factTypedData({ networkId, issuer, subject, fact, epoch, secretHash, personHash }: FactRequest) {
  return {
    domain: { name: 'Pennypost', version: '1' },
    types,
    primaryType: 'Fact',
    message: {
      network: `0x${toHex(networkId)}` as Hex,
      issuerX: fromBytes(issuer.x),
      issuerY: fromBytes(issuer.y),
      subject,
      predicate: predicateOf(fact),
      epoch: BigInt(epoch),
      secretHash,
      personHash,
    },
  } as const
}
