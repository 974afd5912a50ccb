/** Whether a share is there, or where it went. */
export type DepositState = 'held' | 'released' | 'withdrawn'

/** A deposit at rest; its content is encrypted. */
export type DepositRow = {
  /** In the order in which they came, from 1. */
  readonly number: number
  /** Blinded, 32 bytes. */
  readonly id: Uint8Array
  readonly channel: Uint8Array
  readonly recipient: Uint8Array
  /** Unix seconds. */
  readonly expiresAt: bigint
  readonly sealed: Uint8Array
  readonly state: DepositState
  /** Of the depositor's last change; 0 where there was none. */
  readonly version: number
  readonly isAcknowledged: boolean
}

/** The answer that was given for a deposit, encrypted at rest. */
export type AnswerRow = {
  readonly number: number
  readonly keyId: Uint8Array
  readonly sealed: Uint8Array
  readonly attempts: number
}

/** A claim that cannot be answered yet, encrypted at rest. */
export type ClaimRow = {
  readonly number: number
  readonly keyId: Uint8Array
  readonly sealed: Uint8Array
  readonly attempts: number
}

/** How far a stream was read. */
export type Place = { readonly name: string; readonly sequence: bigint }

/** What a trustee keeps. Each call is one transaction. */
export type TrusteeStore = {
  position(name: string): Promise<bigint>
  keepPosition(place: Place): Promise<void>
  /** Stores a deposit and how far letters were read; answers its number, undefined where there is one like it or on its channel. */
  add(
    row: Omit<DepositRow, 'number' | 'state' | 'version' | 'isAcknowledged'>,
    place: Place,
  ): Promise<number | undefined>
  /** So many after a number, in their order. */
  page(after: number, limit: number): Promise<DepositRow[]>
  deposit(number: number): Promise<DepositRow | undefined>
  acknowledged(number: number): Promise<void>
  /** Keeps an answer, and a deposit without its share, in place of it. False where the share is not there any more. */
  release(answer: Omit<AnswerRow, 'attempts'> & { readonly nextAt: number }, emptied: Uint8Array): Promise<boolean>
  answer(number: number): Promise<AnswerRow | undefined>
  /** Answers that are not out, where it is time to publish them again. */
  unpublished(now: number, limit: number): Promise<AnswerRow[]>
  delayAnswer(number: number, nextAt: number): Promise<void>
  published(number: number): Promise<void>
  /** The depositor's word; `emptied` where the share is withdrawn. False where a later word came before, or one as late of a later end. */
  change(
    number: number,
    change:
      | { readonly version: number; readonly expiresAt: bigint }
      | { readonly version: number; readonly emptied: Uint8Array },
  ): Promise<boolean>
  /** Keeps a claim until it can be answered, where not too many of its deposit are kept. */
  keepClaim(claim: Omit<ClaimRow, 'attempts'>, nextAt: number): Promise<void>
  /** Claims that it is time to look at again. */
  dueClaims(now: number, limit: number): Promise<ClaimRow[]>
  delayClaim(claim: Pick<ClaimRow, 'number' | 'keyId'>, nextAt: number): Promise<void>
  dropClaims(number: number): Promise<void>
  /** Deletes what has ended; answers the numbers. */
  sweep(now: number): Promise<number[]>
  probe(): Promise<void>
  close(): Promise<void>
}
