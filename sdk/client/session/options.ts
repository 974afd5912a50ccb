import type { ContentCodec } from '../../content/index.ts'
import type { Address, RandomBytes } from '../../crypto/index.ts'
import type { TicketProverOptions } from '../../evidence/index.ts'
import type { Device } from '../../notes/index.ts'
import type { PaymentChain, PaymentWallet } from '../../payments/index.ts'
import type { Fetch } from '../../transport/index.ts'
import type { Tell } from './events.ts'

/**
 * Where a client keeps what only saves time, such as the note tree: it must lose nothing by losing it. With it, a stake is
 * also safe from a node that hides entries of the account's log.
 */
export type Storage = {
  get(key: string): Promise<Uint8Array | undefined>
  set(key: string, value: Uint8Array): Promise<void>
}

/** How a client acts on the chain: viem clients, and the contracts' addresses. */
export type ChainOptions = {
  readonly publicClient: PaymentChain
  readonly walletClient: PaymentWallet
  readonly token: Address
  /** Sells stamps. */
  readonly postage?: Address
  /** Takes named payments. */
  readonly payments?: Address
  /** Keeps stakes. */
  readonly stakes?: Address
  /** Mints notices. */
  readonly notice?: Address
  /** The first block that has one of them: where to start to read events. */
  readonly fromBlock?: bigint
  /** How many blocks one request for events may span, where the chain's provider has a bound. */
  readonly blocksAtOnce?: bigint
}

/** The network a client expects: without a name, that of the node; the signers are needed for stamps. */
export type NetworkOptions = {
  readonly name?: string
  /** Addresses whose signatures on checkpoints count. */
  readonly signers?: readonly Address[]
  /** How many of them must have signed; 1 unless given. */
  readonly threshold?: number
}

/** What a client is created with. */
export type ClientOptions = {
  /** The node's URL. */
  readonly node: string
  /** The prover's URL; needed for stamps. */
  readonly prover?: string
  readonly network?: NetworkOptions
  /** Needed to buy, pay, settle, stake and notify. */
  readonly chain?: ChainOptions
  /** Where the proving key comes from; in Node it comes with the SDK. */
  readonly artifacts?: TicketProverOptions['artifacts']
  /** The proving worker's module, where a bundler has moved it. */
  readonly workerUrl?: URL | string
  readonly storage?: Storage
  /** Codecs of content besides text. */
  readonly codecs?: readonly ContentCodec[]
  /** Which of the account's clients this is, where several use one book of stamps without pause. */
  readonly device?: Device
  /** Shows letters to stock apps of this account too. They then work there, and the node learns of them. */
  readonly mirror?: boolean
  readonly fetch?: Fetch
  readonly random?: RandomBytes
  /** Unix seconds, with fractions. */
  readonly now?: () => number
  readonly onProgress?: Tell
}
