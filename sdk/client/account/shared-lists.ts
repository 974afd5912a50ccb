import { type Envelope, type OwnCopy, ownedTopic, signSharedList } from '../../codec/index.ts'
import { type Address, addressToBytes, checksumAddress, toAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AnonymousNode } from '../../transport/index.ts'
import { faultOfVersion, verifySharedList } from '../../verifier/index.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { orNothing } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Blocking } from './blocking.ts'
import { followList, leaveList, listedOf, listOf, type OwnWord, type ReadList } from './plan-lists.ts'

/** A shared list that this account follows. */
export type SubscribedList = {
  readonly owner: Address
  /** The version in force. */
  readonly version: bigint
}

type CallOptions = { readonly signal?: AbortSignal | undefined }

type Node = Pick<AnonymousNode, 'queryPage'>

/** Between two looks for newer versions: half of it on average, at times that depend on nothing else. */
const longestWaitSeconds = 1200

/**
 * Lists of accounts that others have published. Whoever is on one that this account follows is blocked for it, unless this
 * account has allowed it itself. Newer versions are looked for while the client runs, every 20 minutes at the latest.
 */
export class SharedLists {
  readonly #mailroom: Mailroom
  readonly #blocking: Pick<Blocking, 'followTags'>

  /** @internal Comes with the client. */
  constructor(mailroom: Mailroom, blocking: Pick<Blocking, 'followTags'>) {
    this.#mailroom = mailroom
    this.#blocking = blocking
    void this.#lookOut()
  }

  /**
   * Looks for newer versions until the client ends: once for lists that another device follows, and after that only while it
   * knows of some, so that no more is to be seen of who follows nothing.
   */
  async #lookOut(): Promise<void> {
    const { sleep, random, signal, tell } = this.#mailroom.session
    for (let isFirst = true; ; isFirst = false) {
      const [part = 0] = random(1)
      await sleep(((part + 1) / 256) * longestWaitSeconds * 1000, signal).catch(() => undefined)
      if (signal.aborted) return
      if (!isFirst && this.#mailroom.blocks.known().lists.length === 0) continue
      await this.refresh({ signal }).catch((error: unknown) => {
        if (signal.aborted) return
        if (!(error instanceof BaseError)) throw error
        tell({ kind: 'degraded', code: error.code })
      })
    }
  }

  /**
   * Follows an account's list: blocks everybody on it, now and as it changes.
   *
   * @example
   * ```ts
   * const followed = await client.sharedLists.subscribe(recipient)
   * if (!followed.ok) console.log(followed.code, followed.message)
   * ```
   */
  async subscribe(owner: string, { signal }: CallOptions = {}): Promise<{ ok: true; version: bigint } | Refusal> {
    const list = await this.#read(checksumAddress(owner), this.#mailroom.session.anonymous, signal)
    if (!list) return refuse('shared-list.missing', `${owner} has published no list that it has signed.`)
    const followed = await this.#change((own, word) => followList(own, list, word), signal)
    return followed.ok ? { ok: true, version: list.version } : followed
  }

  /**
   * Follows a list no longer, and blocks nobody any more whom it alone has blocked.
   *
   * @example
   * ```ts
   * await client.sharedLists.leave(recipient)
   * ```
   */
  leave(owner: string, { signal }: CallOptions = {}): Promise<{ ok: true } | Refusal> {
    const left = checksumAddress(owner)
    return this.#change((own, word) => leaveList(own, left, word), signal)
  }

  /**
   * The lists that this account follows.
   *
   * @example
   * ```ts
   * for (const { owner, version } of await client.sharedLists.list()) console.log(owner, version)
   * ```
   */
  async list({ signal }: CallOptions = {}): Promise<SubscribedList[]> {
    const { lists } = await this.#mailroom.blocks.read(signal)
    return lists.map(({ owner, version }) => ({ owner: toAddress(owner), version }))
  }

  /**
   * Looks for newer versions of the lists that this account follows. Of one that is invalid, older or not there, the last good
   * one stays in force, and a `degraded` event says so.
   *
   * @example
   * ```ts
   * await client.sharedLists.refresh()
   * ```
   */
  async refresh({ signal }: CallOptions = {}): Promise<void> {
    const { session } = this.#mailroom
    const lists = await this.list({ signal })
    const read = await Promise.all(lists.map(({ owner }) => this.#read(owner, session.anonymous, signal)))
    for (const [i, list] of read.entries()) {
      const refreshed = list
        ? await this.#change((own, word) => (isFollowed(own, list) ? followList(own, list, word) : own), signal)
        : refuse('shared-list.missing', `${lists[i]?.owner} shows no list that it has signed.`)
      if (!refreshed.ok) session.tell({ kind: 'degraded', code: refreshed.code })
    }
  }

  /**
   * The accounts that an account shares, this one unless told otherwise; nothing where it has published no list. Throws
   * {@link SharedListWentBackError} where the node shows an older one than this account has published, or follows.
   *
   * @example
   * ```ts
   * console.log((await client.sharedLists.get(recipient)).accounts)
   * ```
   */
  async get(owner: string = this.#me, { signal }: CallOptions = {}): Promise<{ version: bigint; accounts: Address[] }> {
    const address = checksumAddress(owner)
    const { session, blocks } = this.#mailroom
    const isOwn = address === this.#me
    const known = isOwn ? (await blocks.read(signal)).published : listOf(blocks.known(), address)?.version
    const list = await this.#read(address, isOwn ? session.named : session.anonymous, signal)
    const version = list?.version ?? 0n
    if (known !== undefined && version < known)
      throw new SharedListWentBackError(
        `${address} had version ${known} of its shared list; the node shows ${version}.`,
        {
          hint: 'Ask another node.',
        },
      )
    return { version, accounts: [...(list?.accounts ?? [])] }
  }

  /**
   * Publishes this account's list, in the place of the one before: at most 1,024 accounts, which everybody can read. The
   * version is above all that a client of the account has published, whatever the node shows; of two that publish at once, the
   * one that is later replaces the other's list whole.
   *
   * @example
   * ```ts
   * const published = await client.sharedLists.publish([sender])
   * if (published.ok) console.log(`version ${published.version}`)
   * ```
   */
  async publish(
    accounts: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<{ ok: true; version: bigint } | Refusal> {
    for (;;) {
      const version = await this.#nextVersion(signal)
      const published = await publishOpenly(this.#mailroom.session.named, [this.#sign(accounts, version)], signal)
      const noted = published.ok ? await this.#note(version, signal) : published
      if (!noted.ok) return noted
      if (!noted.isTaken) return { ok: true, version }
    }
  }

  /** One above what the account's clients have noted and what the node shows, unless that jumps. */
  async #nextVersion(signal: AbortSignal | undefined): Promise<bigint> {
    const { session, blocks } = this.#mailroom
    const { published: known = 0n } = await blocks.read(signal)
    const shown = (await this.#read(this.#me, session.named, signal))?.version ?? 0n
    if (shown < known) session.tell({ kind: 'degraded', code: 'shared-list.went-back' })
    return (faultOfVersion(shown, known) ? known : shown) + 1n
  }

  #sign(accounts: readonly string[], version: bigint): Envelope {
    const { network, keyring, clock } = this.#mailroom.session
    const { publicKey: key, secret } = keyring.identity.keys.identityKey
    const bytes = accounts.map((account) => addressToBytes(checksumAddress(account)))
    const fields = { networkId: network.id, owner: addressToBytes(this.#me), version, accounts: bytes }
    const message = signSharedList(fields, { key, secret })
    return { contentTopic: ownedTopic('sharedlist', this.#me), timestampNs: clock.nextNs(), message }
  }

  /** Notes a version that was published, for all clients of the account; it is taken where another has noted it, or a higher one. */
  async #note(version: bigint, signal: AbortSignal | undefined): Promise<{ ok: true; isTaken: boolean } | Refusal> {
    let isTaken = false
    const noted = await this.#mailroom.blocks.changeAll((own) => {
      isTaken = (own.published ?? 0n) >= version
      return isTaken ? own : { ...own, published: version }
    }, signal)
    return noted.ok ? { ok: true, isTaken } : noted
  }

  get #me(): Address {
    return this.#mailroom.session.keyring.identity.address
  }

  /** The newest version that its owner has signed. */
  async #read(owner: Address, node: Node, signal: AbortSignal | undefined): Promise<ReadList | undefined> {
    const contentTopics = [ownedTopic('sharedlist', owner)]
    const { envelopes } = await node.queryPage({ contentTopics, limit: 10, direction: 'descending' }, { signal })
    const target = { networkId: this.#mailroom.session.network.id, owner: addressToBytes(owner) }
    const valid = envelopes.flatMap(({ message }) => orNothing(() => verifySharedList(message, target)))
    const [newest] = valid.sort((a, b) => (a.version > b.version ? -1 : 1))
    return newest && { ...newest, owner }
  }

  /** Changes the own list by what the account itself has said, and has pseudonyms follow at times of their own. */
  async #change(
    change: (own: OwnCopy, word: OwnWord) => OwnCopy | Refusal,
    signal: AbortSignal | undefined,
  ): Promise<{ ok: true } | Refusal> {
    const { consents, blocks } = this.#mailroom
    await consents.sync(signal)
    const word: OwnWord = (peer) => (peer === this.#me ? 'allowed' : consents.wordOn(peer))
    let [shut, open]: [Address[], Address[]] = [[], []]
    const changed = await blocks.changeAll((own) => {
      const next = change(own, word)
      if ('ok' in next) return next
      shut = listedOf(next).filter((peer) => word(peer) !== 'allowed')
      const held = heldBy(next)
      open = listedOf(own).filter((peer) => !held.has(peer))
      return next
    }, signal)
    return changed.ok ? this.#blocking.followTags({ shut, open }, signal) : changed
  }
}

/** Accounts whose wallets are blocked, by a list or by hand. */
const heldBy = ({ blocks }: OwnCopy): Set<Address> =>
  new Set(blocks.flatMap(({ kind, value }) => (kind === 'wallet' ? [toAddress(value)] : [])))

const isFollowed = (own: OwnCopy, { owner }: ReadList): boolean => listOf(own, owner) !== undefined

/** A node shows an older shared list of an account than was there before, or none. */
export class SharedListWentBackError extends BaseError {
  override readonly code = 'shared-list.went-back'
}
