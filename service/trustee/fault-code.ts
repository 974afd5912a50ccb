import { BaseError } from '@pennypost/sdk/verifier'

/** What may be said of an error where nothing of what it was about may be. */
export const codeOf = (error: unknown): string => (error instanceof BaseError ? error.code : 'fault.internal')
