import { type Address, checksumAddress } from '../crypto/index.ts'
import type { WalletLike } from '../identity/index.ts'
import type { ConsentState } from '../inbox/index.ts'
import { streamAllMessages } from './all-messages.ts'
import { blockAccount, unblockAccount } from './blocking.ts'
import { type Campaign, type CampaignOptions, createCampaign } from './campaign.ts'
import { Connections } from './connections.ts'
import { Consents } from './consents.ts'
import { Conversations, RecipientUnknownError } from './conversations.ts'
import { createContext } from './create-context.ts'
import type { PostageOptions } from './first-contact.ts'
import { Inbox, type SkippedCounts } from './inbox.ts'
import type { Message } from './messages.ts'
import type { Notices } from './notices.ts'
import type { ClientOptions } from './options.ts'
import type { Payments } from './payments.ts'
import { readPeer } from './peer.ts'
import { Policies } from './policy.ts'
import type { Refusal } from './refusal.ts'
import type { Shared } from './shared.ts'
import type { Stakes } from './stakes.ts'
import type { Stamps } from './stamps.ts'
import { createWalletLanes, type WalletLanes } from './wallet-lanes.ts'

/**
 * An account on the network. Its keys are made with the wallet's signature the first time, and recovered with it on any
 * other client; so is everything else that it has: conversations, stamps, connections, policy.
 *
 * @example
 * ```ts
 * const client = await Client.create(wallet, { node: 'http://localhost:5555' })
 * const conversation = await client.conversations.new('0x937C0d4a6294cdfa575de17382c7076b579DC176')
 * const result = await conversation.send('gm')
 * if (!result.ok) console.log(result.code, result.message)
 * ```
 */
export class Client {
  /** Conversations with others. */
  readonly conversations: Conversations
  /** Postage, bought ahead and shown without a name. */
  readonly stamps: Stamps
  /** Deposits that give so many tickets in every epoch. */
  readonly stakes: Stakes
  /** Payments in a name: what came with letters, and what this account has paid. */
  readonly payments: Payments
  /** Tells addresses that have never used the network that mail waits. */
  readonly notices: Notices
  /** What strangers must show to write to this account. */
  readonly policy: Policies
  /** Who may write to this account freely. */
  readonly connections: Connections
  readonly #shared: Shared
  readonly #walletLanes: WalletLanes

  private constructor(shared: Shared) {
    const { context } = shared
    this.#shared = shared
    this.stamps = context.stamps
    this.stakes = context.stakes
    this.payments = context.payments
    this.notices = context.notices
    this.policy = new Policies(context)
    this.conversations = new Conversations(shared)
    this.connections = new Connections(shared, { policies: this.policy, conversations: this.conversations })
    this.#walletLanes = createWalletLanes(context)
  }

  /**
   * Logs in: a viem account, a viem wallet client, or anything with `getAddress` and `signMessage`. An account that is new
   * to the network is published, with a key for letters.
   */
  static async create(wallet: WalletLike, options: ClientOptions): Promise<Client> {
    const { context, isNew, policy } = await createContext(wallet, options)
    const shared = {
      context,
      inbox: new Inbox(context),
      consents: new Consents(context),
      mirror: options.mirror ?? false,
    }
    const client = new Client(shared)
    await Promise.all([client.policy.ensureSealedKey(policy), isNew || context.log.sync()])
    return client
  }

  /** The account. */
  get address(): Address {
    return this.#shared.context.keyring.identity.address
  }

  /** The network's name. */
  get network(): string {
    return this.#shared.context.network.name
  }

  /** How much of what was read so far was not valid, and left out. */
  get skipped(): Readonly<SkippedCounts> {
    return this.#shared.inbox.skipped
  }

  /** Whether an account can be written to. */
  async canMessage(address: string): Promise<boolean> {
    return (await this.#peer(address)) !== undefined
  }

  /** What this account has said about another, as of the last look. */
  async consent(address: string): Promise<ConsentState> {
    await this.#shared.consents.sync()
    return this.#shared.consents.of(checksumAddress(address))
  }

  /** Every message of every conversation as it comes, those of conversations that begin meanwhile included. */
  streamAllMessages({ signal }: { signal?: AbortSignal } = {}): Promise<AsyncIterableIterator<Message>> {
    return streamAllMessages(this.#shared, this.conversations, signal)
  }

  /** Refuses an account from now on, whatever it shows; the node holds to it at once. */
  block(address: string): Promise<{ ok: true } | Refusal> {
    return blockAccount(this.#shared, checksumAddress(address))
  }

  /** Takes a block back. */
  unblock(address: string): Promise<{ ok: true } | Refusal> {
    return unblockAccount(this.#shared, checksumAddress(address))
  }

  /**
   * Shows what a recipient asks in the name of a stock client's wallet, which then may deliver one invitation; one that
   * waits at the node is delivered at once.
   */
  async openWalletLane(
    { wallet, recipient }: { wallet: string; recipient: string },
    options: PostageOptions = {},
  ): Promise<{ ok: true; price: bigint } | Refusal> {
    const peer = await this.#peer(recipient)
    if (!peer) throw new RecipientUnknownError(`${recipient} has published no keys.`)
    const ask = { wallet: checksumAddress(wallet), peer, kind: 'invite' as const, isNeeded: true }
    return this.#walletLanes.open(ask, options)
  }

  /**
   * Prepares letters to many that one payment pays for. Sends nothing yet.
   *
   * @example
   * ```ts
   * const campaign = await client.campaign({ seed, recipients, unit })
   * await campaign.pay({ maxCost })
   * for await (const { recipient, ok } of campaign.deliver('We have news.')) console.log(recipient, ok)
   * ```
   */
  campaign(options: CampaignOptions): Promise<Campaign> {
    return createCampaign({ context: this.#shared.context, conversations: this.conversations }, options)
  }

  /** Ends the proving worker. Streams end when their loops do. */
  close(): void {
    this.stamps.close()
  }

  #peer(address: string) {
    const { node, keyring, network } = this.#shared.context
    return readPeer({ node, keyring, networkId: network.id }, checksumAddress(address))
  }
}
