import { concat, type Hash, keccak256, toHex } from 'viem'
import { fromUtf8, utf8 } from '../crypto/index.ts'
import type { Call } from './call.ts'
import type { ActOptions } from './wallet.ts'

/** What has left for the chain, or is about to: what is needed to find out what became of it. */
export type Sent = {
  /** The account's next number at that time: only one transaction of each number counts. */
  readonly nonce: number
  /** The newest block at that time. */
  readonly block: number
  /** Not known yet, where a wallet signs and sends by itself. */
  readonly hash?: Hash | undefined
  /** Identifier of a batch (EIP-5792), which has its transaction later. */
  readonly batch?: string | undefined
}

/** What the chain, or a wallet, has taken. */
export type HandedOver = Sent & { readonly hash: Hash }

/** Something that this run is handing over; the signal may end it before it has left. */
export type HandingOver = { readonly sent: Promise<HandedOver>; readonly signal: AbortSignal | undefined }

/** Remembers by key what has left until its end was told to a caller: in this run, and where there is a storage, beyond it. */
export type SentMemory = {
  read(key: string): Promise<Sent | undefined>
  keep(key: string, sent: Sent): Promise<void>
  /** Unless something else was sent since. */
  forget(key: string, sent: Sent): Promise<void>
  readonly handingOver: Map<string, HandingOver>
}

const memories = new WeakMap<object, SentMemory>()

/** The memory of a storage; without one, of a wallet. */
export function memoryOf({ storage, wallet }: Pick<ActOptions, 'storage' | 'wallet'>): SentMemory {
  const owner = storage ?? wallet
  const memory = memories.get(owner) ?? createMemory(storage)
  memories.set(owner, memory)
  return memory
}

/** A storage that fails is done without: then only this run remembers. */
function createMemory(storage: ActOptions['storage']): SentMemory {
  const ofThisRun = new Map<string, Sent>()

  async function stored(key: string): Promise<Sent | undefined> {
    try {
      const bytes = await storage?.get(key)
      return bytes && bytes.length > 0 ? (JSON.parse(fromUtf8(bytes)) as Sent) : undefined
    } catch {
      return undefined
    }
  }
  async function store(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await storage?.set(key, bytes)
    } catch {
      // its own fault
    }
  }

  return {
    handingOver: new Map(),
    read: async (key) => (await stored(key)) ?? ofThisRun.get(key),
    async keep(key, sent) {
      ofThisRun.set(key, sent)
      await store(key, utf8(JSON.stringify(sent)))
    },
    async forget(key, sent) {
      if (isSameAttempt(ofThisRun.get(key), sent)) ofThisRun.delete(key)
      if (isSameAttempt(await stored(key), sent)) await store(key, new Uint8Array())
    },
  }
}

const isSameAttempt = (a: Sent | undefined, b: Sent): boolean => a?.nonce === b.nonce && a.batch === b.batch

/** What is to be done, whatever permit pays for it. It says nothing to anyone who reads the storage. */
export async function keyOf({ wallet, public: chain }: ActOptions, intent: Call): Promise<string> {
  const { address, data, value } = intent
  const chainId = toHex(await chain.getChainId(), { size: 32 })
  const ether = value === undefined ? [] : [toHex(value, { size: 32 })]
  const what = keccak256(concat([chainId, wallet.account.address, address, data, ...ether]))
  return `pennypost/sent/${what.slice(2)}`
}
