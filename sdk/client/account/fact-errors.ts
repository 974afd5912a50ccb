import { BaseError } from '../../errors.ts'

/** A condition that issuers do not attest. */
export class FactMalformedError extends BaseError {
  override readonly code = 'fact.malformed'
}

/** A path that does not lead from the account to the root of a list. */
export class MemberPathWrongError extends BaseError {
  override readonly code = 'fact.path-wrong'
}

/** The network's terms name too few issuers. */
export class IssuerMissingError extends BaseError {
  override readonly code = 'fact.no-issuer'
}
