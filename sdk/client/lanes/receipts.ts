import { createQueue, orAborted } from '../../async.ts'
import { fromBase64, toBase64, utf8 } from '../../crypto/index.ts'
import type { KeptGrant, KeptReceipt } from '../../verifier/index.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'

/** Who signed, and of which lane. */
type Signed = { readonly nodeKey: Uint8Array; readonly topic: string; readonly use: Uint8Array }

/** A node's signed word that a lane is open. */
export type LaneGrant = Signed & KeptGrant

/** A node's signed word that it has stored an envelope. */
export type EnvelopeReceipt = Signed &
  KeptReceipt & {
    /** What the digest is of, with the topic; kept for letters. */
    readonly message: Uint8Array | undefined
  }

/** What nodes have signed for this account, oldest first. */
export type NodeReceipts = { readonly grants: readonly LaneGrant[]; readonly receipts: readonly EnvelopeReceipt[] }

/** Keeps what nodes sign, as evidence against one that denies or loses what it took. */
export type Receipts = {
  keepGrant(grant: LaneGrant): void
  keepReceipt(receipt: EnvelopeReceipt): void
  all(signal?: AbortSignal): Promise<NodeReceipts>
}

/** So many of each are kept; the oldest make room. */
const most = { grants: 64, letters: 64, messages: 256 } as const

type Kept = { grants: LaneGrant[]; letters: EnvelopeReceipt[]; messages: EnvelopeReceipt[] }

/** Keeps them on this device: they say whom the account has written to, so nobody else gets them. */
export function createReceipts(storage: SealedStorage): Receipts {
  const inTurn = createQueue()
  let waiting = 0
  let known: Promise<Kept> | undefined

  const load = (): Promise<Kept> => {
    known ??= storage
      .get('receipts')
      .then((bytes) => (bytes ? parse(bytes) : { grants: [], letters: [], messages: [] }))
    return known
  }

  function keep<Name extends keyof Kept>(name: Name, one: Kept[Name][number]): void {
    waiting++
    inTurn(async () => {
      waiting--
      const kept = await load()
      const list = kept[name] as (typeof one)[]
      list.push(one)
      list.splice(0, list.length - most[name])
      if (waiting === 0) await storage.set('receipts', utf8(JSON.stringify(kept, toJson)))
    }).catch(() => undefined) // nothing waits for it
  }

  return {
    keepGrant: (grant) => keep('grants', grant),
    keepReceipt(receipt) {
      if (receipt.topic.startsWith('/xmtp/0/sealed-')) keep('letters', receipt)
      else keep('messages', { ...receipt, message: undefined })
    },
    async all(signal) {
      const { grants, letters, messages } = await orAborted(inTurn(load), signal)
      return { grants: [...grants], receipts: [...letters, ...messages] }
    },
  }
}

/** What JSON has no form for. */
const toJson = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return { integer: value.toString() }
  return value instanceof Uint8Array ? { bytes: toBase64(value) } : value
}

const parse = (bytes: Uint8Array): Kept =>
  JSON.parse(new TextDecoder().decode(bytes), (_, value) => {
    if (typeof value?.integer === 'string') return BigInt(value.integer)
    return typeof value?.bytes === 'string' ? fromBase64(value.bytes) : value
  })
