import type { MessageInitShape } from '@bufbuild/protobuf'
import { concatBytes, sha256, toBytes4, toBytes8, utf8 } from '../crypto/index.ts'
import {
  type Deposit,
  DepositSchema,
  type Escrow,
  type EscrowMessage,
  EscrowMessageSchema,
  EscrowSchema,
  type Release,
  type ReleasedShare,
  type ReleaseSchema,
  type UnattendedAuthor,
  UnattendedAuthorSchema,
  type UnattendedLetter,
  UnattendedLetterSchema,
} from '../generated/proto/pennypost/v1/escrow_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

export type { Deposit, Escrow, EscrowMessage, Release, UnattendedAuthor, UnattendedLetter }

/** What lies on a channel between sender, trustee and recipient, from plain fields. */
export type EscrowMessageInit = Exclude<MessageInitShape<typeof EscrowMessageSchema>['kind'], undefined>

/** How the key of a letter is got, from plain fields. */
export type EscrowInit = MessageInitShape<typeof EscrowSchema>

/** An account's release, from plain fields. */
export type ReleaseInit = MessageInitShape<typeof ReleaseSchema>

/** What a trustee gets, from plain fields. */
export type DepositInit = MessageInitShape<typeof DepositSchema>

/** Most that one message has: 16 trustees, 16 commitments, a condition of 64 leaves. */
const mostParts = 2000

/** Encodes a letter for an account that has published no keys, as its topic carries it. */
export const encodeUnattendedLetter = (letter: MessageInitShape<typeof UnattendedLetterSchema>): Uint8Array =>
  encodeProto(UnattendedLetterSchema, letter)

/** Decodes it. Checks shapes only. */
export const decodeUnattendedLetter = (bytes: Uint8Array): UnattendedLetter =>
  decodeProto(UnattendedLetterSchema, bytes, mostParts)

/** Encodes how the key of a letter is got. */
export const encodeEscrow = (escrow: EscrowInit): Uint8Array => encodeProto(EscrowSchema, escrow)

/** Decodes it. Checks shapes only. */
export const decodeEscrow = (bytes: Uint8Array): Escrow => decodeProto(EscrowSchema, bytes, mostParts)

/** Encodes who wrote an unattended letter. */
export const encodeUnattendedAuthor = (author: MessageInitShape<typeof UnattendedAuthorSchema>): Uint8Array =>
  encodeProto(UnattendedAuthorSchema, author)

/** Decodes it. Checks shapes only. */
export const decodeUnattendedAuthor = (bytes: Uint8Array): UnattendedAuthor =>
  decodeProto(UnattendedAuthorSchema, bytes, mostParts)

/** Encodes what a trustee is to hold. */
export const encodeDeposit = (deposit: DepositInit): Uint8Array => encodeProto(DepositSchema, deposit)

/** Decodes it. Checks shapes only. */
export const decodeDeposit = (bytes: Uint8Array): Deposit => decodeProto(DepositSchema, bytes, mostParts)

/** Encodes a message of a channel. */
export const encodeEscrowMessage = (kind: EscrowMessageInit): Uint8Array => encodeProto(EscrowMessageSchema, { kind })

/** Decodes a message of a channel. Checks shapes only. */
export const decodeEscrowMessage = (bytes: Uint8Array): EscrowMessage =>
  decodeProto(EscrowMessageSchema, bytes, mostParts)

/** What an unattended letter's author signs: who wrote what to whom, in which letter. */
export type AuthorStatement = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  /** 20 bytes. */
  readonly recipient: Uint8Array
  /** 32 bytes. */
  readonly letter: Uint8Array
  readonly createdNs: bigint
  /** Encoded InvitationV1. */
  readonly invitation: Uint8Array
  /** The first message, encoded; empty where the letter carries none. */
  readonly message: Uint8Array
}

/** What the identity key of an unattended letter's author signs, hashed with SHA-256. */
export const authorStatement = (said: AuthorStatement): Uint8Array =>
  concatBytes(
    utf8('pennypost/unattended/v1'),
    said.networkId,
    said.recipient,
    said.letter,
    toBytes8(said.createdNs),
    sha256(said.invitation),
    sha256(said.message),
  )

/** What a trustee's identity key signs, hashed with SHA-256, once it holds what the deposit gives it. */
export const heldStatement = (networkId: Uint8Array, deposit: Uint8Array): Uint8Array =>
  concatBytes(utf8('pennypost/escrow-held/v1'), networkId, sha256(deposit))

/** What a depositor signs to give a deposit another end; `expiresAt` (Unix seconds) is 0 to withdraw it. */
export const changeStatement = (
  networkId: Uint8Array,
  { letter, expiresAt, version }: { readonly letter: Uint8Array; readonly expiresAt: bigint; readonly version: number },
): Uint8Array =>
  concatBytes(utf8('pennypost/escrow-change/v1'), networkId, letter, toBytes8(expiresAt), toBytes4(version))

/** What a trustee's identity key signs, hashed with SHA-256, of a change that asks for a later end (Unix seconds) than it keeps. */
export const endRefusedStatement = (
  networkId: Uint8Array,
  { letter, latest, version }: { readonly letter: Uint8Array; readonly latest: bigint; readonly version: number },
): Uint8Array =>
  concatBytes(utf8('pennypost/escrow-end-refused/v1'), networkId, letter, toBytes8(latest), toBytes4(version))

/** A share as a trustee hands it out: of which letter, by which commitments, to which key. */
export type AnswerStatement = Pick<ReleasedShare, 'index' | 'sealed' | 'keyId'> & {
  /** 32 bytes. */
  readonly letter: Uint8Array
  /** As the trustee has got them. */
  readonly commitments: readonly Uint8Array[]
}

/** What a trustee's identity key signs, hashed with SHA-256, of a share that it hands out. */
export const answerStatement = (
  networkId: Uint8Array,
  { letter, index, sealed, keyId, commitments }: AnswerStatement,
): Uint8Array =>
  concatBytes(
    utf8('pennypost/escrow-answer/v1'),
    networkId,
    letter,
    toBytes4(index),
    keyId,
    sha256(concatBytes(...commitments)),
    sha256(sealed),
  )
