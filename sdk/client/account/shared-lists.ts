import { type OwnCopy, ownedTopic, signSharedList } from '../../codec/index.ts'
import { type Address, addressToBytes, checksumAddress, toAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AnonymousNode } from '../../transport/index.ts'
import { verifySharedList } from '../../verifier/index.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { orNothing } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Blocking } from './blocking.ts'
import { followList, leaveList, listedOf, type OwnWord, type ReadList } from './plan-lists.ts'

/** A shared list that this account follows. */
export type SubscribedList = {
  readonly owner: Address
  /** The version in force. */
  readonly version: bigint
}

type CallOptions = { readonly signal?: AbortSignal | undefined }

type Node = Pick<AnonymousNode, 'queryPage'>

/**
 * Lists of accounts that others have published. Whoever is on one that this account follows is blocked for it, unless this
 * account has allowed it itself. Newer versions are looked for with each page of the account's log.
 */
export class SharedLists {
  readonly #mailroom: Mailroom
  readonly #blocking: Pick<Blocking, 'followTags'>

  /** @internal Comes with the client. */
  constructor(mailroom: Mailroom, blocking: Pick<Blocking, 'followTags'>) {
    const { copies, tell } = mailroom.session
    this.#mailroom = mailroom
    this.#blocking = blocking
    copies.beforePage(async () => {
      if (mailroom.blocks.known().lists.length > 0)
        await this.refresh({ signal: mailroom.session.signal }).catch((error: unknown) => {
          if (!(error instanceof BaseError)) throw error
          tell({ kind: 'degraded', code: error.code }) // the page goes all the same
        })
      return false
    })
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
   * The accounts that an account shares, this one unless told otherwise; nothing where it has published no list.
   *
   * @example
   * ```ts
   * console.log((await client.sharedLists.get(recipient)).accounts)
   * ```
   */
  async get(owner: string = this.#me, { signal }: CallOptions = {}): Promise<{ version: bigint; accounts: Address[] }> {
    const address = checksumAddress(owner)
    const { named, anonymous } = this.#mailroom.session
    const list = await this.#read(address, address === this.#me ? named : anonymous, signal)
    return { version: list?.version ?? 0n, accounts: [...(list?.accounts ?? [])] }
  }

  /**
   * Publishes this account's list, in the place of the one before: at most 1,024 accounts, which everybody can read.
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
    const { named, network, keyring, clock } = this.#mailroom.session
    const { publicKey: key, secret } = keyring.identity.keys.identityKey
    const bytes = accounts.map((account) => addressToBytes(checksumAddress(account)))
    const version = (await this.get(this.#me, { signal })).version + 1n
    const fields = { networkId: network.id, owner: addressToBytes(this.#me), version, accounts: bytes }
    const message = signSharedList(fields, { key, secret })
    const envelope = { contentTopic: ownedTopic('sharedlist', this.#me), timestampNs: clock.nextNs(), message }
    const published = await publishOpenly(named, [envelope], signal)
    return published.ok ? { ok: true, version } : published
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
    let [before, after]: [Address[], Address[]] = [[], []]
    const changed = await blocks.changeAll((own) => {
      const next = change(own, word)
      if (!('ok' in next)) [before, after] = [listedOf(own), listedOf(next)]
      return next
    }, signal)
    if (!changed.ok) return changed
    const shut = after.filter((peer) => word(peer) !== 'allowed')
    const open = before.filter((peer) => !after.includes(peer) && word(peer) !== 'denied')
    return this.#blocking.followTags({ shut, open }, signal)
  }
}

const isFollowed = ({ lists }: OwnCopy, { owner }: ReadList): boolean =>
  lists.some((list) => toAddress(list.owner) === owner)
