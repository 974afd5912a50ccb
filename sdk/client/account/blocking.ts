import { exponentialDelay } from '../../async.ts'
import { addBlocks, type Block, type BlockChange, closeStatement, removeBlocks } from '../../codec/index.ts'
import { type Address, addressToBytes, keccak256, signEd25519, utf8 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { useOfLane } from '../lanes/lane.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Connections } from './connections.ts'
import { changeOwnBlocks, readOwnBlocks } from './own-blocks.ts'

/** An account is blocked. */
export type Blocked = {
  readonly ok: true
  /**
   * Whether the node can refuse its sealed letters, too: they have shown a pseudonym. A request shows none, so further ones
   * come to the node, and are not shown.
   */
  readonly isKnownToNode: boolean
}

/** Blocks accounts: for all clients at once, and at the node without saying whose pseudonym is whose. */
export class Blocking {
  readonly #mailroom: Mailroom
  readonly #connections: Connections

  constructor(mailroom: Mailroom, connections: Connections) {
    this.#mailroom = mailroom
    this.#connections = connections
    if (this.#isSteady) this.#later(() => this.#catchUp())
  }

  async block(peer: Address, signal?: AbortSignal): Promise<Blocked | Refusal> {
    const { consents, inbox, session } = this.#mailroom
    const denied = await consents.set('denied', [peer], signal)
    if (!denied.ok) return denied
    await inbox.sync(signal)
    const tags = inbox.tagsOf(peer)
    const own = await readOwnBlocks(session, signal)
    const serial = this.#connections.serialOf(peer, own.blocks)
    const changes: BlockChange[] = [
      { kind: 'tag', values: tags },
      { kind: 'connection', values: serial ? [serial] : [] },
    ]
    const blocked = await this.#change(changes, addBlocks, signal)
    if (!blocked.ok) return blocked
    const wallet = await this.#soon(() => this.#change([walletOf(peer)], addBlocks))
    if (!wallet.ok) return wallet
    for (const thread of inbox.threads()) if (thread.peer === peer) await this.#close(thread)
    return { ok: true, isKnownToNode: tags.length > 0 }
  }

  async unblock(peer: Address, signal?: AbortSignal): Promise<{ readonly ok: true } | Refusal> {
    const { consents, inbox } = this.#mailroom
    await inbox.sync(signal)
    const tags = await this.#change([{ kind: 'tag', values: inbox.tagsOf(peer) }], removeBlocks, signal)
    if (!tags.ok) return tags
    const allowed = await consents.set('allowed', [peer], signal)
    if (!allowed.ok) return allowed
    return this.#soon(() => this.#change([walletOf(peer)], removeBlocks))
  }

  get #isSteady(): boolean {
    return this.#mailroom.session.privacy.copySeconds > 0
  }

  /** One version of the list for all of it, or none where nothing changes. */
  async #change(
    changes: readonly BlockChange[],
    apply: typeof addBlocks,
    signal?: AbortSignal,
  ): Promise<{ readonly ok: true } | Refusal> {
    const wanted = changes.filter(({ values }) => values.length > 0)
    if (wanted.length === 0) return { ok: true }
    const changed = (blocks: readonly Block[]) =>
      wanted.reduce<Block[]>((list, change) => apply(list, change), [...blocks])
    return changeOwnBlocks(this.#mailroom.session, changed, signal)
  }

  /** The wallets of all denied accounts, for those that an earlier run had no time for. */
  async #catchUp(): Promise<void> {
    const { consents, session } = this.#mailroom
    await consents.sync(session.signal)
    const values = consents.denied().map(addressToBytes)
    const { blocks } = await readOwnBlocks(session)
    const known = new Set(blocks.flatMap(({ kind, value }) => (kind === 'wallet' ? [value.join()] : [])))
    await this.#change([{ kind: 'wallet', values: values.filter((value) => !known.has(value.join())) }], addBlocks)
  }

  /** Ends the conversation for the peer, too. The topic is nobody's, so this goes at a time of its own. */
  async #close({ topic, lane }: Thread): Promise<void> {
    if (!lane) return
    const { anonymous, network } = this.#mailroom.session
    const signature = signEd25519(closeStatement(network.id, keccak256(utf8(topic))), lane.key)
    await this.#soon(async () => {
      await anonymous.closeTopic({ topic, use: useOfLane(network.id, lane), signature })
      return { ok: true }
    })
  }

  /** Now, where nothing waits; else after a random while, without being waited for. */
  async #soon(step: () => Promise<{ readonly ok: true } | Refusal>): Promise<{ readonly ok: true } | Refusal> {
    if (!this.#isSteady) return step()
    this.#later(step)
    return { ok: true }
  }

  #later(step: () => Promise<unknown>): void {
    const { privacy, random, sleep, signal, tell } = this.#mailroom.session
    const delay = exponentialDelay(privacy.copySeconds * 1000, random)
    sleep(delay, signal)
      .then(step)
      .catch((error: unknown) => {
        if (!signal.aborted) tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'block.late' })
      })
  }
}

const walletOf = (peer: Address): BlockChange => ({ kind: 'wallet', values: [addressToBytes(peer)] })
