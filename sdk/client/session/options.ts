import type { ContentCodec } from '../../content/index.ts'
import type { Address, RandomBytes } from '../../crypto/index.ts'
import type { TicketProverOptions, UseProverOptions } from '../../evidence/index.ts'
import type { ProofChain } from '../../facts/index.ts'
import type { Device } from '../../notes/index.ts'
import type { PaymentChain, PaymentWallet } from '../../payments/index.ts'
import type { Fetch } from '../../transport/index.ts'
import type { Sleep } from './beat.ts'
import type { Tell } from './events.ts'

/**
 * Where a client keeps what saves time, such as the note tree, and what it has sent to the chain and not heard the end of:
 * with it, the next run goes on with that and does not pay again, and a stake is safe from a node that hides entries of the
 * account's log. What nodes have signed lies there too. Losing it loses no mail and no stamps.
 */
export type Storage = {
  get(key: string): Promise<Uint8Array | undefined>
  set(key: string, value: Uint8Array): Promise<void>
  /**
   * Runs a short step while no other client that has this storage runs one, in whatever tab or process: by `navigator.locks`, say,
   * or by a queue where one process alone has the storage. With it, clients share the stamps that were made ready, and one that
   * is cut off loses none to those that come after it.
   */
  inTurn?<T>(step: () => Promise<T>): Promise<T>
  /**
   * False where all of it may be gone with its window or its process: no stamp is made ready there before a letter asks for it,
   * since one that is ready is lost with the storage. A storage without `inTurn` counts as one of these.
   */
  readonly lasts?: boolean
}

/** How a client acts on the chain: viem clients, and the contracts' addresses. */
export type ChainOptions = {
  /** With `getProof` it proves what the account holds, too. */
  readonly publicClient: PaymentChain & Partial<Pick<ProofChain, 'getProof'>>
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

/** The same as an application gives it: what it leaves out, the signed terms may name. */
export type GivenChain = Omit<ChainOptions, 'token'> & Partial<Pick<ChainOptions, 'token'>>

/**
 * How a client comes to act on the chain: at once, or by a function that is called when something is first done there. So an
 * application loads viem, and asks a wallet for its chain, only for those who pay. One that fails is called again.
 */
export type ChainOffer = GivenChain | (() => Promise<GivenChain>)

/** The network a client expects, and its terms; what is left out is as networks have it by default. */
export type NetworkOptions = {
  readonly name?: string | undefined
  /** The chain of the note tree; this and the next two are those of the signed terms unless given. */
  readonly chainId?: number | bigint | undefined
  /** The contract that holds the note log. */
  readonly noteTree?: Address | undefined
  /** The contract that holds the signers' bonds; without one, nothing is at stake for them. */
  readonly registry?: Address | undefined
  /** Addresses whose signatures on checkpoints count; those of the first that the node shows unless given. */
  readonly signers?: readonly Address[] | undefined
  /** How many of them must have signed; 1 unless given. */
  readonly threshold?: number | undefined
  /** What every sender must meet, in the policy language. */
  readonly floor?: string | undefined
  /** What recipients ask who have published no rule, in the policy language. */
  readonly defaultRule?: string | undefined
  /** What is asked, beside the floor, of who writes to an account that has published no keys; `stamp 2` unless given. */
  readonly unattendedRule?: string | undefined
  /** Of the network's token; 18 unless given or signed. With any other token they must be one of both. */
  readonly decimals?: number | undefined
  /** Leading zero bits that a `request` costs. */
  readonly requestBits?: number | undefined
  /** Seconds that the checkpoint may be old whose root tickets show; 3,600 unless given. */
  readonly maxCheckpointAge?: number | undefined
  /**
   * The page to which links lead that tell an account without keys of mail, under https; `app/mail.html` of the node unless given,
   * which tells whoever finds a link the sender's node.
   */
  readonly mailPage?: string | undefined
  /** Ed25519 keys of the network's nodes; without them, the node's own word counts until a checkpoint names the nodes. */
  readonly nodeKeys?: readonly Uint8Array[] | undefined
}

/**
 * How much the client waits so that times say nothing. All are means, in seconds, of random waits without memory; 0 is at
 * once, which is for accounts that have nothing to hide.
 */
export type Privacy = {
  /** Between two pages of the account's log, written whether there is something to write or not; 600 unless given. */
  readonly copySeconds: number
  /**
   * Until the conversation of a letter that came in is read on, unless it is answered before; and until what was too long for a
   * first letter follows it, for which `send` waits. 3,600 unless given.
   */
  readonly joinSeconds: number
  /** Until the first answer to a stranger's letter leaves, for which `send` waits; 0 unless given. */
  readonly answerSeconds: number
  /** Between two conversations that are opened ahead for letters to come; 600 unless given. */
  readonly prepareSeconds: number
  /** Between logging in and the first request that is in nobody's name, and between the last one and leaving; 0 unless given. */
  readonly waitSeconds: number
}

/** What holds where nothing else was asked for. */
export const defaultPrivacy: Privacy = {
  copySeconds: 600,
  joinSeconds: 3600,
  answerSeconds: 0,
  prepareSeconds: 600,
  waitSeconds: 0,
}

/** What a client is created with. */
export type ClientOptions = {
  /** The node's URL. */
  readonly node: string
  /** The prover's URL; the first issuer's in the signed terms unless given. */
  readonly prover?: string | undefined
  readonly network?: NetworkOptions | undefined
  /**
   * Needed to buy, pay, settle, stake and notify. Contracts that are left out are those of the signed terms, where
   * `network.signers` are given.
   */
  readonly chain?: ChainOffer | undefined
  /** Where the proving key comes from; in Node it comes with the SDK. */
  readonly artifacts?: TicketProverOptions['artifacts'] | undefined
  /** The same for facts. */
  readonly credentialArtifacts?: UseProverOptions['artifacts'] | undefined
  /** The module of the workers that prove and search, where a bundler has moved it. */
  readonly workerUrl?: URL | string | undefined
  readonly storage?: Storage | undefined
  /** Codecs of content besides text: `reactionCodec`, `replyCodec`, `attachmentCodec`, published ones, and one's own. */
  readonly codecs?: readonly ContentCodec[] | undefined
  /** Which of the account's clients this is: needed for stakes, and where several use one book of stamps without pause. */
  readonly device?: Device | undefined
  /** Shows letters to stock apps of this account too. They then work there, and the node learns of them. */
  readonly mirror?: boolean | undefined
  /**
   * Mail that was written before the account had keys: `ask` (unless given) asks the wallet for one more signature where there is
   * any; `wait` waits for `client.unattended.open()`.
   */
  readonly release?: 'ask' | 'wait' | undefined
  /** Whether accounts that have published no keys can be written to; `on` unless given. */
  readonly unattended?: 'on' | 'off' | undefined
  /** `new` makes new keys although the account has published some before: mail to the old ones is lost. */
  readonly identity?: 'restore' | 'new' | undefined
  readonly privacy?: Partial<Privacy> | undefined
  /** For requests in the account's name. */
  readonly fetch?: Fetch | undefined
  /** For requests in nobody's name: for example through a proxy or Tor. Under Node each has a connection of its own. */
  readonly anonymousFetch?: Fetch | undefined
  readonly random?: RandomBytes | undefined
  /** Unix seconds, with fractions. */
  readonly now?: (() => number) | undefined
  /** Waits so many milliseconds: through it goes all waiting of which the times matter. */
  readonly sleep?: Sleep | undefined
  /** Ends the creation of the client, whatever it waits for. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: Tell | undefined
}
