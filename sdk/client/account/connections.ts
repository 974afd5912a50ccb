import {
  addBlocks,
  type Block,
  type Connection,
  decodeConnectionStatement,
  encodeConnection,
  ownedTopic,
} from '../../codec/index.ts'
import { encodeContent } from '../../content/index.ts'
import {
  type Address,
  addressToBytes,
  checksumAddress,
  concatBytes,
  ed25519PublicKey,
  equalBytes,
  hkdfSha256,
  toBytes4,
  toHex,
  utf8,
  walletHolder,
} from '../../crypto/index.ts'
import { effectiveRule, leavesOf } from '../../policy/index.ts'
import type { Conversations } from '../conversations/conversations.ts'
import { expiryOf, openLane } from '../lanes/lane.ts'
import { connectionType } from '../mailbox/connection-content.ts'
import type { EvidenceInit } from '../postage/gather-evidence.ts'
import { findConnection } from '../postage/held-connection.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { refuseVisible } from '../sending/refuse-visible.ts'
import type { Path } from '../session/events.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import type { Policies } from './policies.ts'

/** How a connection is granted. */
export type GrantOptions = {
  /** How long it holds: a year unless told otherwise. */
  readonly seconds?: number | undefined
  /** `visible` lets the node learn whom it is for, as it must for an account that only has stock clients. */
  readonly path?: Path | undefined
  readonly signal?: AbortSignal | undefined
}

/** A connection that this account has granted, and that still holds. */
export type GrantedConnection = {
  readonly address: Address
  /** Unix seconds. */
  readonly expiresAt: number
}

const year = 365 * 86_400
const maxSerials = 64
/** A wallet lane is for one invitation. */
const walletLane = { units: 1, ttl: 86_400 } as const

/** Who may write to this account freely, and to whom it may. */
export class Connections {
  readonly #mailroom: Mailroom
  readonly #policies: Policies
  readonly #conversations: Conversations

  /** @internal Comes with the client. */
  constructor(mailroom: Mailroom, { policies, conversations }: { policies: Policies; conversations: Conversations }) {
    this.#mailroom = mailroom
    this.#policies = policies
    this.#conversations = conversations
  }

  /**
   * Whether an account has granted this one a connection that still holds.
   *
   * @example
   * ```ts
   * if (client.connections.isHeld(recipient)) console.log('writing is free')
   * ```
   */
  isHeld(address: string): boolean {
    const { session, purse } = this.#mailroom
    const { log, network, clock } = session
    const refused = purse.refusedConnections
    const owner = checksumAddress(address)
    return findConnection(log, { owner, networkId: network.id, now: clock.seconds(), refused }) !== undefined
  }

  /**
   * Lets an account write freely. One with our client gets the connection inside a conversation. A stock client has no
   * place for it, so a lane is opened for its wallet at once, which the node sees and `path: 'visible'` allows; an invitation
   * of it that waits is then delivered.
   *
   * @example
   * ```ts
   * await client.connections.grant(sender, { seconds: 30 * 86_400 })
   * ```
   */
  async grant(address: string, { seconds = year, path, signal }: GrantOptions = {}): Promise<{ ok: true } | Refusal> {
    const peer = checksumAddress(address)
    const expiresAt = BigInt(this.#mailroom.session.clock.seconds() + seconds)
    const known = this.#conversations.with(peer)
    const isOurs = known ? known.kind === 'letter' : (await this.#policies.read(peer, signal)).sealedKey !== undefined
    if (isOurs) return this.#send(peer, { expiresAt, signal })
    const refusal = refuseVisible(this.#mailroom, { path, peer, begun: known ? 'begun' : 'new' })
    return refusal ?? this.#openLane(peer, { expiresAt, signal })
  }

  /**
   * Takes back what was granted to an account.
   *
   * @example
   * ```ts
   * await client.connections.revoke(sender)
   * ```
   */
  async revoke(address: string, { signal }: Pick<GrantOptions, 'signal'> = {}): Promise<{ ok: true } | Refusal> {
    const peer = checksumAddress(address)
    let serial: Uint8Array | undefined // once: where another client has revoked it meanwhile, that was this one
    const revoked = (blocks: readonly Block[]) => {
      serial ??= this.#serial(peer, blocks)
      if (!serial) return refuse('connection.serials-exhausted', 'Too many connections of this account were revoked.')
      return addBlocks(blocks, { kind: 'connection', values: [serial] })
    }
    return this.#mailroom.blocks.change(revoked, signal)
  }

  /**
   * Whom this account lets write freely now, and until when: what any client of it has granted and none has taken back. Of
   * several grants to one account, the one that holds longest.
   *
   * @example
   * ```ts
   * for (const { address, expiresAt } of await client.connections.list()) console.log(address, new Date(expiresAt * 1000))
   * ```
   */
  async list({ signal }: Pick<GrantOptions, 'signal'> = {}): Promise<GrantedConnection[]> {
    const { session, blocks: own } = this.#mailroom
    await session.log.sync(signal)
    const { blocks } = await own.read(signal)
    const isTakenBack = (serial: Uint8Array) =>
      blocks.some(({ kind, value }) => kind === 'connection' && equalBytes(value, serial))
    const until = new Map<Address, number>()
    for (const { address, serial, expiresAt } of session.log.all('granted')) {
      const [peer, seconds] = [checksumAddress(address), Number(expiresAt)]
      if (seconds <= session.clock.seconds() || isTakenBack(serial)) continue
      until.set(peer, Math.max(seconds, until.get(peer) ?? 0))
    }
    return [...until].map(([address, expiresAt]) => ({ address, expiresAt }))
  }

  /** @internal The serial of the connection that an account has, or would get. */
  serialOf(peer: Address, blocks: readonly Block[]): Uint8Array | undefined {
    return this.#serial(peer, blocks)
  }

  /** Inside a conversation, as content that clients keep and do not show. */
  async #send(peer: Address, { expiresAt, signal }: Terms): Promise<{ ok: true } | Refusal> {
    const { random, registry } = this.#mailroom.session
    const key = random(32)
    const granted = await this.#grant(peer, { holder: ed25519PublicKey(key), expiresAt, signal })
    if ('ok' in granted) return granted
    const content = { connection: encodeConnection(granted), key }
    const conversation = await this.#conversations.new(peer, { signal })
    const sent = await conversation.sendEncoded(await encodeContent(registry, content, { type: connectionType }), {
      signal,
    })
    return sent.ok ? this.#note(peer, granted) : sent
  }

  /** For all clients of the account; which is told nobody, and waited for only where copies go at once. */
  async #note(peer: Address, { statement }: Pick<Connection, 'statement'>, until?: bigint): Promise<{ ok: true }> {
    const { serial, expiresAt } = decodeConnectionStatement(statement)
    const value = { address: peer, serial, expiresAt: until ?? expiresAt }
    await this.#mailroom.session.copies.keep({ case: 'granted', value })
    return { ok: true }
  }

  async #openLane(peer: Address, { expiresAt, signal }: Terms): Promise<{ ok: true } | Refusal> {
    const { network, clock, keyring } = this.#mailroom.session
    const holder = walletHolder(addressToBytes(peer))
    const granted = await this.#grant(peer, { holder, expiresAt, signal })
    if ('ok' in granted) return granted
    const own = await this.#policies.read(keyring.identity.address, signal)
    const rule = effectiveRule(network.floor, own.rule ?? network.defaultRule)
    const leaf = leavesOf(rule).find(({ condition }) => condition.kind === 'connection')
    const lane = {
      topic: ownedTopic('invite', keyring.identity.address),
      holder,
      units: walletLane.units,
      expiresAt: expiryOf(clock.seconds(), walletLane.ttl),
    }
    const evidence: EvidenceInit = [{ condition: leaf?.index ?? 0, kind: { case: 'connection', value: granted } }]
    const opened = await openLane(this.#mailroom.edges, lane, { evidence, policyVersion: own.version }, signal)
    return opened.ok ? this.#note(peer, granted, lane.expiresAt) : refusalOf(opened, network)
  }

  async #grant(peer: Address, { holder, expiresAt, signal }: Terms & { readonly holder: Uint8Array }) {
    const { network, keyring } = this.#mailroom.session
    const { identityKey } = keyring.identity.keys
    const owner = keyring.identity.address
    const serial = this.#serial(peer, (await this.#mailroom.blocks.read(signal)).blocks)
    if (!serial) return refuse('connection.serials-exhausted', 'Too many connections of this account were revoked.')
    const statement = { networkId: network.id, owner: addressToBytes(owner), holder, serial, expiresAt }
    const { grantConnection } = await import('../../evidence/index.ts')
    return grantConnection(statement, { identityKey: identityKey.publicKey, privateKey: identityKey.secret })
  }

  /** Derived, so that every client of the account knows what to revoke; the first one that is not revoked yet. */
  #serial(peer: Address, blocks: readonly Block[]): Uint8Array | undefined {
    const { secret } = this.#mailroom.session.keyring.identity.keys.identityKey
    const revoked = new Set(blocks.flatMap(({ kind, value }) => (kind === 'connection' ? [toHex(value)] : [])))
    for (let number = 0; number < maxSerials; number++) {
      const info = concatBytes(utf8('pennypost/serial/v1'), addressToBytes(peer), toBytes4(number))
      const serial = hkdfSha256(secret, { info, length: 16 })
      if (!revoked.has(toHex(serial))) return serial
    }
    return undefined
  }
}

type Terms = { readonly expiresAt: bigint; readonly signal: AbortSignal | undefined }
