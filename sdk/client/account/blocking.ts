import { exponentialDelay } from '../../async.ts'
import { type Block, blockName, closeStatement, type OwnBlock } from '../../codec/index.ts'
import type { ConsentState } from '../../consent/index.ts'
import { type Address, addressToBytes, keccak256, signEd25519, toAddress, utf8 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { useOfLane } from '../lanes/lane.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { type Refusal, refusalOf } from '../session/refusal.ts'
import type { Connections } from './connections.ts'
import { doDue, firstDue, planBlocks, planRemoval } from './plan-blocks.ts'

/** An account is blocked. */
export type Blocked = {
  readonly ok: true
  /**
   * Whether the node can refuse its sealed letters, too: they have shown a pseudonym. A request shows none, so further ones
   * come to the node, and are not shown.
   */
  readonly isKnownToNode: boolean
}

type Done = { readonly ok: true }

/**
 * Blocks accounts: for all clients at once, and at the node without saying what belongs to one account. The list follows the
 * account's word on others, which is the last entry of its consents, whichever client wrote that.
 */
export class Blocking {
  readonly #mailroom: Mailroom
  readonly #connections: Connections
  /** Blocks that this run is going to see to. */
  readonly #scheduled = new Set<string>()

  constructor(mailroom: Mailroom, connections: Connections) {
    this.#mailroom = mailroom
    this.#connections = connections
    if (this.#isSteady) this.#later(() => this.#catchUp())
  }

  async block(peer: Address, signal?: AbortSignal): Promise<Blocked | Refusal> {
    const { consents, inbox } = this.#mailroom
    await consents.sync(signal)
    const before = consents.allowancesOf(peer)
    const denied = await consents.set('denied', [peer], signal)
    if (!denied.ok) return denied
    await inbox.sync(signal)
    const isTakenBack = consents.wordOn(peer) === 'allowed' && consents.allowancesOf(peer) > before
    const followed = await this.#follow(peer, isTakenBack ? 'allowed' : 'denied', signal)
    if (!followed.ok) return followed
    for (const thread of inbox.threads()) if (thread.peer === peer) await this.#close(thread, signal)
    return { ok: true, isKnownToNode: inbox.tagsOf(peer).length > 0 }
  }

  async allow(peer: Address, signal?: AbortSignal): Promise<Done | Refusal> {
    const { consents, inbox } = this.#mailroom
    await consents.sync(signal)
    const allowed = await consents.set('allowed', [peer], signal)
    if (!allowed.ok) return allowed
    await inbox.sync(signal)
    return this.#follow(peer, consents.wordOn(peer), signal)
  }

  /**
   * Has pseudonyms follow what shared lists say of wallets, each in a version and at a time of its own: beside the wallets, the
   * node could tell whose they are.
   */
  async followTags(
    { shut, open }: { readonly shut: readonly Address[]; readonly open: readonly Address[] },
    signal?: AbortSignal,
  ): Promise<Done | Refusal> {
    const { blocks: own, inbox } = this.#mailroom
    const tags = (peers: readonly Address[]) =>
      peers.flatMap((peer) => inbox.tagsOf(peer)).map((value): Block => ({ kind: 'tag', value }))
    const [come, go] = [tags(shut), tags(open)]
    if (come.length + go.length === 0) return { ok: true }
    const changed = await own.change((blocks) => planRemoval(planBlocks(blocks, come), go), signal)
    if (!changed.ok) return changed
    for (const block of [...come, ...go].filter((tag) => firstDue(own.known().blocks, [tag]))) {
      const done = await this.#see(block, signal)
      if (!done.ok) return done
    }
    return changed
  }

  get #isSteady(): boolean {
    return this.#mailroom.session.privacy.copySeconds > 0
  }

  /** Has the list say what the consents say. Another client may say something else at the same moment: so looks again. */
  async #follow(peer: Address, said: ConsentState, signal: AbortSignal | undefined): Promise<Done | Refusal> {
    const { consents, blocks: own } = this.#mailroom
    for (let [attempt, word] = [1, said]; ; [attempt, word] = [attempt + 1, consents.of(peer)]) {
      const changed = await this.#turn(peer, word === 'denied' ? planBlocks : planRemoval, signal)
      if (!changed.ok) return changed
      await consents.sync(signal)
      const isHeld = word !== 'denied' || consents.isHeldBy(own.known().blocks, peer)
      if ((isHeld && consents.of(peer) === word) || attempt === attempts) return changed
    }
  }

  /** One block of the account at once, its pseudonym where it has one; each other one in a version and at a time of its own. */
  async #turn(peer: Address, plan: typeof planBlocks, signal: AbortSignal | undefined): Promise<Done | Refusal> {
    const { blocks: own } = this.#mailroom
    let due: readonly Block[] = []
    const change = (blocks: readonly OwnBlock[]) => {
      const all = this.#blocksOf(peer, blocks)
      const planned = plan(blocks, all)
      const next = doDue(planned, firstDue(planned, all))
      due = next.filter((block) => block.due && firstDue([block], all))
      return next
    }
    const changed = await own.change(change, signal)
    if (!changed.ok) return changed
    for (const block of due) {
      const done = await this.#see(block, signal)
      if (!done.ok) return done
    }
    return changed
  }

  /** All that the node could know an account by, the pseudonym first. Serials are for ever: what is revoked stays so. */
  #blocksOf(peer: Address, blocks: readonly Block[]): OwnBlock[] {
    const allowedBefore = this.#mailroom.consents.allowancesOf(peer)
    const tags = this.#mailroom.inbox.tagsOf(peer).map((value): Block => ({ kind: 'tag', value }))
    const serial = this.#connections.serialOf(peer, blocks)
    return [
      ...tags,
      ...(serial ? [{ kind: 'connection', value: serial } as const] : []),
      { kind: 'wallet', value: addressToBytes(peer), allowedBefore: allowedBefore || undefined },
    ]
  }

  /** Sees to a block that is due: at a time of its own, without being waited for, or at once where nothing waits. */
  async #see(block: Block, ending: AbortSignal | undefined): Promise<Done | Refusal> {
    const { blocks: own, session } = this.#mailroom
    const step = (signal: AbortSignal | undefined) => own.change((blocks) => doDue(blocks, block), signal)
    if (!this.#isSteady) return step(ending)
    const name = blockName(block)
    if (this.#scheduled.has(name)) return { ok: true }
    this.#scheduled.add(name)
    this.#later(() => step(session.signal).finally(() => this.#scheduled.delete(name)))
    return { ok: true }
  }

  /** What an earlier run had no time for, and what stock clients of the account have said about others meanwhile. */
  async #catchUp(): Promise<Done | Refusal> {
    const { consents, session, inbox, blocks: own } = this.#mailroom
    await Promise.all([consents.sync(session.signal), inbox.readOnce(session.signal)])
    const plan = (blocks: readonly OwnBlock[]) => {
      const shut = consents.denied().filter((peer) => !consents.isHeldBy(blocks, peer))
      const wallets = blocks.filter(({ kind, due }) => kind === 'wallet' && due !== 'go')
      const open = wallets.map(({ value }) => toAddress(value)).filter((peer) => consents.of(peer) === 'allowed')
      const of = (peer: Address) => this.#blocksOf(peer, blocks)
      return planRemoval(planBlocks([...blocks], shut.flatMap(of)), open.flatMap(of))
    }
    const planned = await own.change(plan, session.signal)
    if (!planned.ok) return planned
    const [first, ...rest] = (await own.read(session.signal)).blocks.filter(({ due }) => due)
    for (const block of rest) await this.#see(block, session.signal)
    return own.change((blocks) => doDue(blocks, first), session.signal) // this moment is as random as any
  }

  /** Ends the conversation for the peer, too. The topic is nobody's, so this goes at a time of its own. */
  async #close({ topic, lane }: Thread, ending: AbortSignal | undefined): Promise<void> {
    if (!lane) return
    const { anonymous, network, signal: closing, tell } = this.#mailroom.session
    const signature = signEd25519(closeStatement(network.id, keccak256(utf8(topic))), lane.key)
    const ask = { topic, use: useOfLane(network.id, lane), signature }
    const close = async (signal: AbortSignal | undefined): Promise<Done | Refusal> => {
      const closed = await anonymous.closeTopic(ask, { signal })
      return closed.ok ? { ok: true } : refusalOf(closed, network)
    }
    if (this.#isSteady) return this.#later(() => close(closing))
    const closed = await close(ending)
    if (!closed.ok) tell({ kind: 'degraded', code: closed.code }) // the block holds without it
  }

  #later(step: () => Promise<Done | Refusal>): void {
    const { privacy, random, sleep, signal, tell } = this.#mailroom.session
    const delay = exponentialDelay(privacy.copySeconds * 1000, random)
    sleep(delay, signal)
      .then(step)
      .then((done) => {
        if (!done.ok) tell({ kind: 'degraded', code: done.code })
      })
      .catch((error: unknown) => {
        if (!signal.aborted) tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'block.late' })
      })
  }
}

/** Of clients of one account that contradict each other, the last word holds; nobody goes on for ever. */
const attempts = 8
