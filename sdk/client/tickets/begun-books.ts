import { createQueue } from '../../async.ts'
import type { StampBook } from '../../codec/index.ts'
import { equalBytes, fromBytes, personHashOf, toBytes8, toBytes32, toHex } from '../../crypto/index.ts'
import { createNote, noteCommitment } from '../../notes/index.ts'
import type { Session } from '../session/session.ts'

type Options = Pick<Session, 'log' | 'random' | 'clock' | 'storage'> & {
  /** The account's part in every note and tag. */
  readonly person: bigint
}
type Note = ReturnType<typeof createNote>
type Wanted = Pick<StampBook, 'classNumber' | 'limit'>

/** A book whose purchase has begun. */
export type BegunBook = Pick<StampBook, 'secret' | 'classNumber' | 'limit'> & {
  readonly note: Note
  /** To be called when its purchase was answered: the same call then buys another. */
  readonly end: () => Promise<void>
}

type BeginOptions = {
  readonly signal: AbortSignal | undefined
  /** Whether the purchase of a note has left for the chain, and nobody has heard its end. */
  readonly isUnderWay: (note: Note) => Promise<boolean>
}

/** So long the chain is surely searched for what an earlier call has bought. */
const goOnSeconds = 3600

/**
 * Writes a book down before it is bought, and finds the one that an earlier call has begun, in this run or, by the device's
 * storage, in another: the same call goes on with it, and does not pay for a second.
 */
export function createBegunBooks({ log, person, random, clock, storage }: Options) {
  const ofThisRun = new Map<string, Uint8Array>()
  const inTurn = createQueue()
  const account = toHex(toBytes32(personHashOf(person)))
  const keyOf = ({ classNumber, limit }: Wanted) => `pennypost/book/${account}/${classNumber}/${limit}`

  /** The commitment and the time of the last one. */
  async function read(wanted: Wanted): Promise<{ commitment: Uint8Array; at: number } | undefined> {
    const key = keyOf(wanted)
    const bytes = ofThisRun.get(key) ?? (await storage.get(key))
    return bytes?.length === 40
      ? { commitment: bytes.subarray(0, 32), at: Number(fromBytes(bytes.subarray(32))) }
      : undefined
  }

  async function write(wanted: Wanted, bytes: Uint8Array): Promise<void> {
    ofThisRun.set(keyOf(wanted), bytes)
    await storage.set(keyOf(wanted), bytes)
  }

  async function find(wanted: Wanted, { isUnderWay }: BeginOptions): Promise<Note | undefined> {
    const begun = await read(wanted)
    if (!begun) return undefined
    const notes = log.all('book').map(({ secret }) => ({ secret: fromBytes(secret), person }))
    const note = notes.find((each) => equalBytes(commitmentOf(each), begun.commitment))
    if (!note) return undefined
    return clock.seconds() - begun.at <= goOnSeconds || (await isUnderWay(note)) ? note : undefined
  }

  async function begin(wanted: Wanted, options: BeginOptions): Promise<BegunBook> {
    const found = await find(wanted, options)
    const note = found ?? createNote(person, random)
    const secret = toBytes32(note.secret)
    if (!found) await log.append({ case: 'book', value: { ...wanted, secret, expiry: 0n } }, options.signal)
    const commitment = commitmentOf(note)
    await write(wanted, Uint8Array.of(...commitment, ...toBytes8(BigInt(clock.seconds()))))
    const end = async () => {
      const last = await read(wanted)
      if (last && equalBytes(last.commitment, commitment)) await write(wanted, new Uint8Array())
    }
    return { ...wanted, secret, note, end }
  }

  return { begin: (wanted: Wanted, options: BeginOptions) => inTurn(() => begin(wanted, options), options.signal) }
}

const commitmentOf = (note: Note): Uint8Array => toBytes32(noteCommitment(note))
