import { orAborted } from '../async.ts'
import type { ConsentState } from '../consent/index.ts'
import { type Address, checksumAddress } from '../crypto/index.ts'
import type { WalletLike } from '../identity/index.ts'
import { personOf } from '../notes/index.ts'
import { type Blocked, Blocking } from './account/blocking.ts'
import { Connections } from './account/connections.ts'
import type { Facts } from './account/facts.ts'
import type { LanesForWallets } from './account/lanes-for-wallets.ts'
import type { Notices } from './account/notices.ts'
import type { Payments } from './account/payments.ts'
import { Policies } from './account/policies.ts'
import { SharedLists } from './account/shared-lists.ts'
import type { Campaign, CampaignOptions } from './conversations/campaign.ts'
import { Conversations, RecipientUnknownError } from './conversations/conversations.ts'
import { streamAllMessages } from './conversations/stream-all.ts'
import { createParts, type Parts } from './create-client.ts'
import type { NodeReceipts } from './lanes/receipts.ts'
import { openInBackground, type Unattended } from './mailbox/find-unattended.ts'
import type { SkippedCounts } from './mailbox/inbox.ts'
import type { Message } from './mailbox/messages.ts'
import type { PostageOptions } from './postage/options.ts'
import type { SendQuote } from './postage/quote.ts'
import type { OpenedWalletLane, WalletLaneAsk } from './postage/wallet-lanes.ts'
import type { Mailroom } from './sending/mailroom.ts'
import { randomWait } from './session/awake.ts'
import { lookUpPeer } from './session/known-peers.ts'
import type { ClientOptions } from './session/options.ts'
import { readContacts } from './session/peer.ts'
import type { Refusal } from './session/refusal.ts'
import { whenAsked } from './session/when-asked.ts'
import type { ClientTrust } from './tickets/learn-network.ts'
import { personText } from './tickets/note-file.ts'
import type { Stakes } from './tickets/stakes.ts'
import type { Stamps } from './tickets/stamps.ts'

/** Whose invitation is let in, and by whom it is read. */
export type WalletLane = {
  readonly wallet: string
  readonly recipient: string
  /** What it is that waits: an invitation unless said otherwise, or the first message of stock clients' V1. */
  readonly kind?: 'invite' | 'intro' | undefined
}

type CallOptions = { readonly signal?: AbortSignal | undefined }

/**
 * An account on the network. Its keys are made with the wallet's signature the first time, and recovered with it on any
 * other client; so is everything else that it has: conversations, stamps, connections, policy.
 */
export class Client {
  /** Conversations with others. */
  readonly conversations: Conversations
  /** Postage, bought ahead and shown without a name. */
  readonly stamps: Stamps
  /** Deposits that give so many tickets in every epoch. */
  readonly stakes: Stakes
  /** What issuers attest of the account, shown without its name. */
  readonly facts: Facts
  /** Payments in a name: what came with letters, and what this account has paid. */
  readonly payments: Payments
  /** Tells addresses that have never used the network that mail waits. */
  readonly notices: Notices
  /** Mail that was written to this account before it had keys. */
  readonly unattended: Unattended
  /** What strangers must show to write to this account. */
  readonly policy: Policies
  /** Who may write to this account freely. */
  readonly connections: Connections
  /** Lists of accounts to block that others have published. */
  readonly sharedLists: SharedLists
  readonly #parts: Parts
  readonly #mailroom: Mailroom
  readonly #blocking: Blocking
  readonly #walletLanes: LanesForWallets

  private constructor(parts: Parts) {
    const { mailroom } = parts
    this.#parts = parts
    this.#mailroom = mailroom
    this.stamps = mailroom.purse.stamps
    this.stakes = parts.stakes
    this.facts = parts.facts
    this.payments = parts.payments
    this.notices = parts.notices
    this.unattended = parts.unattended
    this.policy = new Policies(mailroom.session, parts.wallet)
    this.conversations = new Conversations(mailroom)
    this.connections = new Connections(mailroom, { policies: this.policy, conversations: this.conversations })
    this.#blocking = new Blocking(mailroom, this.connections)
    this.sharedLists = new SharedLists(mailroom, this.#blocking)
    this.#walletLanes = whenAsked(async () => {
      const { createLanesForWallets } = await import('./account/lanes-for-wallets.ts')
      return createLanesForWallets(mailroom)
    })
  }

  /**
   * Logs in: a viem account, a viem wallet client, or anything with `getAddress` and `signMessage`. An account that is new
   * to the network is published, with a key for letters.
   *
   * @example
   * ```ts
   * import { Client } from '@pennypost/sdk'
   *
   * const client = await Client.create(walletClient, { node: 'http://localhost:5555' })
   * const conversation = await client.conversations.new('0x937C0d4a6294cdfa575de17382c7076b579DC176')
   * const result = await conversation.send('gm')
   * if (!result.ok) console.log(result.code, result.message)
   * ```
   */
  static async create(wallet: WalletLike, options: ClientOptions): Promise<Client> {
    const parts = await createParts(wallet, options)
    const client = new Client(parts)
    parts.mailroom.inbox.readOnce().catch(() => undefined) // whoever needs it asks again, and is told
    try {
      await client.policy.ensureSealedKey(parts.policy, options.signal)
      if (options.release !== 'wait') openInBackground(client.unattended, parts.mailroom.session)
      return client
    } catch (error) {
      client.#end()
      parts.mailroom.session.copies.end()
      throw error
    }
  }

  /** The account. */
  get address(): Address {
    return this.#mailroom.session.keyring.identity.address
  }

  /**
   * What tasks of the command line take as `PENNYPOST_PERSON`, so that `stamps.import` and `stakes.import` take in what they
   * buy. A secret: whoever has it knows the account by its pseudonyms.
   */
  get person(): string {
    return personText(personOf(this.#mailroom.session.keyring.identity.keys.identityKey.secret))
  }

  /** The network's name. */
  get network(): string {
    return this.#mailroom.session.network.name
  }

  /**
   * Whose checkpoints are followed, and who has named them; undefined where nobody's are. Where it says `first-use`, the first
   * node could have named its own: show it to who knows the network's signers, and pass them as `network.signers`.
   */
  get trust(): ClientTrust | undefined {
    return this.#parts.known.trust
  }

  /** Of the network's token: what `parseAmount` and `formatAmount` take. 18 where neither signers nor the options say it. */
  get decimals(): number {
    return this.#mailroom.session.network.decimals
  }

  /** How much of what was read so far was not valid, and left out. */
  get skipped(): Readonly<SkippedCounts> {
    return this.#mailroom.inbox.skipped
  }

  /**
   * Whether an account has published keys; of many, answered in their order, and asked 16 at a time, in nobody's name.
   *
   * @example
   * ```ts
   * if (!(await client.canMessage(recipient))) await client.notices.send(recipient)
   * const people = [recipient, sender]
   * const haveKeys = await client.canMessage(people)
   * const unattended = people.filter((_, i) => !haveKeys[i]) // for a campaign: keep it with the seed
   * ```
   */
  async canMessage<Asked extends string | readonly string[]>(
    asked: Asked,
    { signal }: CallOptions = {},
  ): Promise<Asked extends string ? boolean : boolean[]> {
    const { anonymous, keyring } = this.#mailroom.session
    const addresses = [asked].flat().map((address) => checksumAddress(address))
    const found = (await readContacts({ anonymous, keyring }, addresses, signal)).map((bundle) => bundle !== undefined)
    return (typeof asked === 'string' ? found[0] : found) as Asked extends string ? boolean : boolean[]
  }

  /**
   * What this account has said about another, as of the last look.
   *
   * @example
   * ```ts
   * const state = await client.consent(sender) // 'allowed', 'denied' or 'unknown'
   * ```
   */
  async consent(address: string, { signal }: CallOptions = {}): Promise<ConsentState> {
    await this.#mailroom.consents.sync(signal)
    return this.#mailroom.consents.of(checksumAddress(address))
  }

  /**
   * All that this account has said about others, at any client of it: whom it allows, and whom it has blocked. Whom only a shared
   * list blocks is not among them.
   *
   * @example
   * ```ts
   * const { allowed, denied } = await client.consents()
   * console.log(`${allowed.length} allowed, ${denied.length} blocked`)
   * ```
   */
  async consents({ signal }: CallOptions = {}): Promise<{ allowed: Address[]; denied: Address[] }> {
    await this.#mailroom.consents.sync(signal)
    return this.#mailroom.consents.accounts()
  }

  /**
   * Every message of every conversation as it comes, those of conversations that begin meanwhile included.
   *
   * @example
   * ```ts
   * for await (const message of await client.streamAllMessages()) console.log(message.sender, message.content)
   * ```
   */
  streamAllMessages({
    signal,
  }: {
    readonly signal?: AbortSignal | undefined
  } = {}): Promise<AsyncIterableIterator<Message>> {
    return streamAllMessages(this.#mailroom, this.conversations, signal)
  }

  /**
   * Refuses an account from now on. Its mail is shown no more, by any client of this account; the node refuses the pseudonym
   * that its letters showed at once, and its wallet some time later: both at one time would tell the node whose it was.
   *
   * @example
   * ```ts
   * const blocked = await client.block(sender)
   * if (!blocked.ok) console.log(blocked.code, blocked.message)
   * ```
   */
  block(address: string, { signal }: CallOptions = {}): Promise<Blocked | Refusal> {
    return this.#blocking.block(checksumAddress(address), signal)
  }

  /**
   * Accepts an account without writing to it: its conversations are no requests any more, at any client of this account, and no
   * shared list blocks it. Takes a block back, too. The account is told nothing.
   *
   * @example
   * ```ts
   * await client.allow(sender)
   * ```
   */
  allow(address: string, { signal }: CallOptions = {}): Promise<{ ok: true } | Refusal> {
    return this.#blocking.allow(checksumAddress(address), signal)
  }

  /**
   * Shows what a recipient asks in the name of a stock client's wallet, which then may deliver one invitation; one that
   * waits at the node is delivered at once, and the answer says so. With a storage, a call that was cut off is gone on with by
   * the same call in another run: no second stamp is used, and nothing is paid twice.
   *
   * @example
   * ```ts
   * const opened = await client.openWalletLane({ wallet: sender, recipient })
   * if (opened.ok) console.log(`let in for ${opened.price}; delivered: ${opened.isDelivered}`)
   * ```
   */
  async openWalletLane(lane: WalletLane, options: PostageOptions = {}): Promise<OpenedWalletLane | Refusal> {
    return this.#walletLanes.open(await this.#askFor(lane, options), options)
  }

  /**
   * What {@link openWalletLane} would take with these options, as `conversation.quote` says it of a message: the cheapest way, also
   * with stamps that are still to be bought. Where the lane is open already, that is nothing.
   *
   * @example
   * ```ts
   * const quote = await client.quoteWalletLane({ wallet: sender, recipient }, { maxEffort: 0 })
   * if (quote.ok) console.log(`${quote.explanation}: ${quote.price}, with ${quote.stamps} stamps`)
   * ```
   */
  async quoteWalletLane(lane: WalletLane, options: PostageOptions = {}): Promise<SendQuote | Refusal> {
    return this.#walletLanes.quote(await this.#askFor(lane, options), options)
  }

  async #askFor({ wallet, recipient, kind = 'invite' }: WalletLane, { signal }: CallOptions): Promise<WalletLaneAsk> {
    const peer = await lookUpPeer(this.#mailroom.session, checksumAddress(recipient), signal)
    if (!peer) throw new RecipientUnknownError(`${recipient} has published no keys.`)
    return { wallet: checksumAddress(wallet), peer, kind, isNeeded: true }
  }

  /**
   * Prepares letters to many that one payment pays for. Sends nothing yet.
   *
   * @example
   * ```ts
   * import { parseAmount } from '@pennypost/sdk/policy'
   *
   * const rate = { base: parseAmount('0.1', client)!, bond: parseAmount('2', client)!, tip: 0n } // for each letter
   * const campaign = await client.campaign({ seed, recipients: [recipient], rate }) // the same seed goes on after an interruption
   * await campaign.pay({ maxCost: campaign.cost })
   * for await (const { recipient, ok } of campaign.deliver('We have news.')) console.log(recipient, ok)
   * ```
   */
  async campaign(options: CampaignOptions): Promise<Campaign> {
    const { session, purse, edges } = this.#mailroom
    const { createCampaign } = await import('./conversations/campaign.ts')
    return createCampaign(
      { session, purse, edges, chain: this.#parts.known.chain, conversations: this.conversations },
      options,
    )
  }

  /**
   * What nodes have signed lately for this account on this device: the lanes that were opened with evidence, and what was
   * stored. Who shows a letter's grant and receipt, with the node's key from a checkpoint, shows what the node took, whether
   * or not it still says so.
   *
   * @example
   * ```ts
   * import { checkReceipt } from '@pennypost/sdk/verifier'
   *
   * const { receipts } = await client.receipts()
   * for (const receipt of receipts) console.log(receipt.topic, checkReceipt(receipt.nodeKey, receipt))
   * ```
   */
  receipts({ signal }: CallOptions = {}): Promise<NodeReceipts> {
    return this.#parts.receipts.all(signal)
  }

  /**
   * Ends all that goes on by itself, after one last page of the account's log. Streams end when their loops do. Until
   * then a client keeps its process alive. Do not await it if you are in a hurry: what has no copy yet waits in the storage, if
   * there is one.
   *
   * @example
   * ```ts
   * await client.close() // what has no copy yet is written first
   * ```
   */
  async close(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { session, consents, purse } = this.#mailroom
    const signal = options.signal ?? neverAborted
    const parting = randomWait({ ...session, signal })
    try {
      if (session.copies.isSteady) await orAborted(purse.stakeNotes.giveBack(), signal) // what is under way is not cut off
    } finally {
      this.#end()
    }
    await parting
    try {
      if (session.copies.isSteady) await orAborted(this.stamps.giveBack(), signal)
    } finally {
      await Promise.all([session.copies.close(options.signal), consents.settled(options.signal)])
    }
  }

  #end(): void {
    this.#parts.end()
    this.stamps.close()
  }
}

const neverAborted = new AbortController().signal
