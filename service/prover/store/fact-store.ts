import type { Address, Hex } from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import type { ClaimForm } from '@pennypost/sdk/verifier'
import type { BlockRef } from './block-ref.ts'

/** A block by which facts are judged; its time in unix seconds. */
export type FactBlock = BlockRef & { readonly time: number }

/** What was signed of a fact, for whom. */
type Attested = {
  /** Its place in what was signed, from 1. */
  readonly number: number
  /** Of the request that it answered. */
  readonly id: string
  readonly subject: Address
  /** Stands for it in the log, 32 bytes. */
  readonly alias: Uint8Array
  readonly classId: bigint
  readonly epoch: number
  /** The fact, as a policy writes it. */
  readonly condition: string
  readonly block: { readonly number: bigint; readonly hash: Hex }
  /** Of everything that was signed, up to this. */
  readonly chain: Uint8Array
}

/** A note that was signed, and what makes two requests the same. */
export type FactNote = Attested & {
  readonly form: 'note'
  readonly secretHash: bigint
  readonly personHash: bigint
  /** To both. */
  readonly commitment: bigint
  readonly signature: NoteSignature
}

/** A claim by name that was signed. */
export type FactClaim = Attested & {
  readonly form: ClaimForm
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** What was signed, 32 bytes. */
  readonly digest: Uint8Array
  /** R and S, 64 bytes. */
  readonly signature: Uint8Array
  /** As others read it. */
  readonly document: string
}

export type FactRecord = FactNote | FactClaim

/** Which one an account has: one of a class, epoch and form. */
export type FactKey = Pick<FactRecord, 'subject' | 'classId' | 'epoch' | 'form'>

/** What a look is for, whatever form is asked for. */
export type FactScanKey = Omit<FactKey, 'form'>

/** What an issuer of notes keeps. */
export type FactStore = {
  /** By which facts of a chain are judged in an epoch, once it was looked for. */
  factBlock(chainId: bigint, epoch: number): Promise<FactBlock | undefined>
  /** Has them judged by a block from now on; answers the one that was first. */
  pinFactBlock(pin: { chainId: bigint; epoch: number; block: FactBlock }): Promise<FactBlock>
  factRecord(key: FactKey): Promise<FactRecord | undefined>
  factRecordOf(id: string): Promise<FactRecord | undefined>
  /** How many notes and claims an account has of an epoch. */
  factRecordsOf(subject: Address, epoch: number): Promise<number>
  /** Which person an account last was, and since when, unix seconds. */
  factPerson(subject: Address): Promise<{ personHash: bigint; since: number } | undefined>
  /** The newest that was signed: its number and the chain up to it; 0 and zeros where there is none. */
  factHead(): Promise<Pick<FactRecord, 'number' | 'chain'>>
  /** Adds a note or a claim; with a note, who its account is at a time (unix seconds), if it was not that already. All or nothing. */
  addFactRecord(record: FactRecord, now: number): Promise<void>
  /** What was signed after a number, oldest first. */
  factRecordsAfter(number: number, limit: number): Promise<FactRecord[]>
  /** Where a long look for a fact was left off; undefined where none was. */
  factScan(key: FactScanKey): Promise<string | undefined>
  /** Keeps where it was left off, and forgets what epochs before have left. */
  keepFactScan(key: FactScanKey, place: string): Promise<void>
  dropFactScan(key: FactScanKey): Promise<void>
  /** Random bytes that stay the same: those given, the first time. */
  factSalt(fresh: Uint8Array): Promise<Uint8Array>
}
