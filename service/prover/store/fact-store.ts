import type { Address, Hex } from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import type { BlockRef } from './block-ref.ts'

/** A block by which facts are judged; its time in unix seconds. */
export type FactBlock = BlockRef & { readonly time: number }

/** A note that was signed, for whom, and what makes two requests the same. */
export type FactNote = {
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
  readonly secretHash: bigint
  readonly personHash: bigint
  /** To both. */
  readonly commitment: bigint
  readonly block: { readonly number: bigint; readonly hash: Hex }
  readonly signature: NoteSignature
  /** Of everything that was signed, up to this. */
  readonly chain: Uint8Array
}

/** Which note an account has: one of a class and epoch. */
export type FactNoteKey = Pick<FactNote, 'subject' | 'classId' | 'epoch'>

/** What an issuer of notes keeps. */
export type FactStore = {
  /** By which facts of a chain are judged in an epoch, once it was looked for. */
  factBlock(chainId: bigint, epoch: number): Promise<FactBlock | undefined>
  /** Has them judged by a block from now on; answers the one that was first. */
  pinFactBlock(pin: { chainId: bigint; epoch: number; block: FactBlock }): Promise<FactBlock>
  factNote(key: FactNoteKey): Promise<FactNote | undefined>
  factNoteOf(id: string): Promise<FactNote | undefined>
  /** How many notes an account has of an epoch. */
  factNotesOf(subject: Address, epoch: number): Promise<number>
  /** Which person an account last was, and since when, unix seconds. */
  factPerson(subject: Address): Promise<{ personHash: bigint; since: number } | undefined>
  /** The newest note that was signed: its number and the chain up to it; 0 and zeros where there is none. */
  factHead(): Promise<Pick<FactNote, 'number' | 'chain'>>
  /** Adds a note, and who its account is at a time (unix seconds), if it was not that already; both or nothing. */
  addFactNote(note: FactNote, now: number): Promise<void>
  /** Notes after a number, oldest first. */
  factNotesAfter(number: number, limit: number): Promise<FactNote[]>
  /** Where a long look for a note was left off; undefined where none was. */
  factScan(key: FactNoteKey): Promise<string | undefined>
  /** Keeps where it was left off, and forgets what epochs before have left. */
  keepFactScan(key: FactNoteKey, place: string): Promise<void>
  dropFactScan(key: FactNoteKey): Promise<void>
  /** Random bytes that stay the same: those given, the first time. */
  factSalt(fresh: Uint8Array): Promise<Uint8Array>
}
