import type { LogEntryInit, MessageBlock } from '../../codec/index.ts'
import { equalBytes, fromHex, type RandomBytes, toHex } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { blockSizeOf, type ClaimNames, messageIdsOf } from '../../notes/index.ts'

/** The limit of a note by its id. */
export type LimitOf = (noteId: string) => number

/** Claims to blocks of notes, as the account's log has them. */
export type Claims = {
  /** The blocks of a note that other runs hold. */
  others(noteId: string): number[]
  /** This run's claim to a block. Where its answer was lost, it is made again by the same name. */
  begin(noteId: string, block: number): LogEntryInit
  /** What ends a claim: this run's own, which has another name after that, unless one is named; undefined where there is none. */
  end(noteId: string, block: number, name?: string): LogEntryInit | undefined
  readonly names: ClaimNames
}

/** Tells claims apart by names: eight random bytes for each, in hex where they are kept. */
export function createClaims(log: AccountLog, limitOf: LimitOf, random: RandomBytes): Claims {
  /** Names under which this run claims blocks, until it gives them back. */
  const own = new Map<string, string>()
  const keyOf = (noteId: string, block: number) => `${noteId} ${block}`

  function nameOf(noteId: string, block: number): string {
    const name = own.get(keyOf(noteId, block)) ?? toHex(random(8))
    own.set(keyOf(noteId, block), name)
    return name
  }

  function entryOf(noteId: string, block: number, name: string) {
    const ids = messageIdsOf(limitOf(noteId), block)
    return { commitment: fromHex(noteId), first: ids[0] ?? 0, count: ids.length, claim: fromHex(name) }
  }

  /** Those of some claims to a note that nobody has ended. */
  function openOf(noteId: string, claims: readonly MessageBlock[]): MessageBlock[] {
    const commitment = fromHex(noteId)
    const isOf = (entry: MessageBlock) => equalBytes(entry.commitment, commitment)
    return withoutEnded(claims.filter(isOf), log.all('block').filter(isOf))
  }

  return {
    others(noteId) {
      const size = blockSizeOf(limitOf(noteId))
      const open = openOf(noteId, log.foreign('block'))
      return open.flatMap(({ first, count }) => blocksBetween(first, first + count, size))
    },
    begin: (noteId, block) => ({ case: 'block', value: entryOf(noteId, block, nameOf(noteId, block)) }),
    end(noteId, block, name = own.get(keyOf(noteId, block))) {
      if (name === undefined) return undefined
      if (own.get(keyOf(noteId, block)) === name) own.delete(keyOf(noteId, block))
      return { case: 'block', value: { ...entryOf(noteId, block, name), count: 0 } }
    },
    names: {
      own: nameOf,
      holder(noteId) {
        const isOwn = new Set(own.values())
        const open = openOf(noteId, log.all('block'))
        return (name, messageId) => name !== undefined && (isOwn.has(name) || isOnly(open, name, messageId))
      },
      async seal(noteId, messageId) {
        const value = { commitment: fromHex(noteId), first: messageId, count: 1, claim: random(8) }
        await log.keep({ case: 'block', value })
      },
    },
  }
}

/** Claims that no entry ends. One without a name never is ended. */
function withoutEnded(claims: readonly MessageBlock[], all: readonly MessageBlock[]): MessageBlock[] {
  const ended = new Set(all.filter(({ count, claim }) => count === 0 && claim.length > 0).map(nameOfClaim))
  return claims.filter((entry) => entry.count > 0 && !ended.has(nameOfClaim(entry)))
}

const nameOfClaim = ({ first, claim }: MessageBlock): string => `${first} ${toHex(claim)}`

/** Whether an id has a claim of that name, and no other. */
function isOnly(open: readonly MessageBlock[], name: string, messageId: number): boolean {
  const found = open.filter(({ first, count }) => first <= messageId && messageId < first + count)
  return found.length > 0 && found.every(({ claim }) => toHex(claim) === name)
}

/** Every block that holds one of the ids from `first` to below `end`. */
function blocksBetween(first: number, end: number, size: number): number[] {
  const start = Math.floor(first / size)
  return Array.from({ length: Math.max(0, Math.ceil(end / size) - start) }, (_, i) => start + i)
}
