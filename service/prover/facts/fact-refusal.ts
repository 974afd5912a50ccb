/** Why a fact is not attested. Codes are documented in docs/errors.md. */
export type FactRefusalCode =
  | 'fact.malformed'
  | 'fact.unknown'
  | 'fact.form-unknown'
  | 'fact.epoch-wrong'
  | 'fact.chain-unknown'
  | 'fact.signature-invalid'
  | 'fact.issued'
  | 'fact.person-taken'
  | 'fact.not-so'
  | 'fact.path-wrong'
  | 'fact.look-too-long'
  | 'fact.attestation-unreadable'
  | 'fact.schema-unreadable'
  | 'fact.field-unknown'
  | 'fact.field-unfit'
  | 'fact.contract-missing'
  | 'fact.token-refuses'
  | 'fact.token-senseless'
  | 'fact.amount-impossible'
  | 'fact.block-unavailable'
  | 'fact.block-gone'
  | 'rate.limited'
  | 'chain.unavailable'

export type FactRefusal = { readonly ok: false; readonly code: FactRefusalCode; readonly message: string }

export const refuse = (code: FactRefusalCode, message: string): FactRefusal => ({ ok: false, code, message })

/** What is found where nothing is wrong. */
export type Found<T> = { readonly ok: true; readonly value: T }

export const found = <T>(value: T): Found<T> => ({ ok: true, value })
