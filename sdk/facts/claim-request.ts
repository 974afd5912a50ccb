import { fromBytes, type Hex, toHex } from '../crypto/index.ts'
import { predicateOf } from '../policy/index.ts'
import type { ClaimForm } from '../verifier/index.ts'
import type { FactRequest } from './fact-request.ts'

/** What an account asks an issuer to say of it by name, and in which form. */
export type ClaimRequest = Pick<FactRequest, 'networkId' | 'issuer' | 'subject' | 'fact' | 'epoch'> & {
  readonly form: ClaimForm
}

const types = {
  NamedFact: [
    { name: 'network', type: 'bytes32' },
    { name: 'issuerX', type: 'uint256' },
    { name: 'issuerY', type: 'uint256' },
    { name: 'subject', type: 'address' },
    { name: 'predicate', type: 'string' },
    { name: 'epoch', type: 'uint64' },
    { name: 'form', type: 'string' },
  ],
} as const

/** What the account signs to have a claim made about it (EIP-712): by its own key, since only such an account can show one. */
export function claimTypedData({ networkId, issuer, subject, fact, epoch, form }: ClaimRequest) {
  return {
    domain: { name: 'Pennypost', version: '1' },
    types,
    primaryType: 'NamedFact',
    message: {
      network: `0x${toHex(networkId)}` as Hex,
      issuerX: fromBytes(issuer.x),
      issuerY: fromBytes(issuer.y),
      subject,
      predicate: predicateOf(fact),
      epoch: BigInt(epoch),
      form,
    },
  } as const
}
