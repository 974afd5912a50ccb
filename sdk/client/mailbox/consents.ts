import { orAborted } from '../../async.ts'
import { type ConsentAction, digestEnvelope, type Envelope, endOfTimeNs, type OwnBlock } from '../../codec/index.ts'
import type { ConsentState } from '../../consent/index.ts'
import {
  addressesThat,
  consentOf,
  derivePreferences,
  emptyConsent,
  openConsentLog,
  replayConsent,
  sealConsentAction,
} from '../../consent/index.ts'
import { type Address, toAddress, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'
import { type ConsentMarks, createConsentMarks, markOf } from './consent-marks.ts'
import type { OwnBlockList } from './own-blocks.ts'
import { type Thread, threadKey } from './thread.ts'

type Context = Pick<Session, 'named' | 'keyring' | 'clock' | 'random' | 'signal' | 'sealed' | 'tell'> & {
  readonly blocks: OwnBlockList
}

/** An entry of the log and its place there; what does not open is none of the account's. */
type Entry = { readonly timeNs: bigint; readonly digest: string; readonly action: ConsentAction | undefined }

/**
 * The account's word on other accounts, in the encrypted log that stock clients keep too. Of clients that say something at
 * the same moment, the one that comes later in the log has the last word, for all of them and in whatever order they hear it.
 */
export class Consents {
  readonly #context: Context
  readonly #entries = new Map<string, Entry>()
  readonly #marks: ConsentMarks
  #list = emptyConsent
  /** What this client is noting by itself. */
  readonly #noting = new Set<Promise<void>>()
  #watching: Promise<void> | undefined
  #isGone = false

  constructor(context: Context) {
    this.#context = context
    this.#marks = createConsentMarks(context.sealed)
  }

  /**
   * What is known now about an account. One that is blocked stays denied until it is allowed once more: a node that hides
   * entries of the log, or shows old ones as new, unblocks nobody.
   */
  of(address: Address): ConsentState {
    const block = this.#context.blocks.known().blocks.find((one) => isOf(address, one))
    const word = this.wordOn(address)
    if (!block || (word === 'allowed' && this.allowancesOf(address) > (block.allowedBefore ?? 0))) return word
    return 'denied'
  }

  /** The last word on an account in the log, as the node shows that. */
  wordOn(address: Address): ConsentState {
    return consentOf(this.#list, address)
  }

  /** How often the account was allowed; each entry counts once, at whatever times it is shown. */
  allowancesOf(address: Address): number {
    const allowing = [...this.#entries.values()].filter(
      ({ action }) => action && consentOf(replayConsent(emptyConsent, [action]), address) === 'allowed',
    )
    return new Set(allowing.map(({ digest }) => digest)).size
  }

  /** Whether a stranger has begun it, of whom nothing is said yet, and to whom nothing is written. */
  isRequest({ kind, peer, letter }: Pick<Thread, 'kind' | 'peer' | 'letter'>): boolean {
    const isJoined = kind === 'letter' && (!letter || letter.isOwn || letter.isAnswered) // one's own has none until it is logged
    return this.of(peer) === 'unknown' && !isJoined
  }

  /** Whether a conversation is declined: one that is a request still. */
  isDeclined(thread: Pick<Thread, 'kind' | 'topic' | 'peer' | 'letter'>): boolean {
    return this.isRequest(thread) && consentOf(this.#list, threadKey(thread), 'group') === 'denied'
  }

  /** The accounts that are denied, as far as is known now. */
  denied(): Address[] {
    return addressesThat('denied', this.#list)
  }

  /** The accounts that are allowed and those that are denied, by the account's own word, as far as is known now. */
  accounts(): { readonly allowed: Address[]; readonly denied: Address[] } {
    const blocked = this.#context.blocks
      .known()
      .blocks.filter(isOwnWord)
      .map(({ value }) => toAddress(value))
    const allowed = addressesThat('allowed', this.#list).filter((address) => this.of(address) === 'allowed')
    return { allowed, denied: [...new Set([...this.denied(), ...blocked])].filter((one) => this.of(one) === 'denied') }
  }

  /**
   * Whether a list of blocks has an account, with each time that it was allowed: a node that shows entries in another order
   * would undo a block which leaves one out.
   */
  isHeldBy(blocks: readonly OwnBlock[], address: Address): boolean {
    const allowances = this.allowancesOf(address)
    return blocks.some((block) => isOf(address, block) && isCounted(block, allowances))
  }

  /** Where the log lies. */
  get topic(): string {
    return this.#keys.topic
  }

  /** What another client of the account has just said. */
  receive(envelope: Envelope): void {
    this.#take([envelope])
  }

  /** Listens to the log, one stream for all who want that, and reads what is there. Resolves once both are done. */
  watch(): Promise<void> {
    this.#watching ??= this.#watch().catch((error) => {
      this.#watching = undefined
      throw error
    })
    return this.#watching
  }

  async #watch(): Promise<void> {
    const { named, signal } = this.#context
    const source = await named.subscribe({ contentTopics: [this.topic], signal })
    const over = () => {
      this.#watching = undefined // whoever asks next listens anew
    }
    const listen = async () => {
      for await (const envelope of source) this.receive(envelope)
    }
    listen().then(over, over)
    await this.sync(signal).catch((error) => {
      void source.return?.()
      throw error
    })
  }

  /** Reads the log, with what this client is noting in it, and whom the account has blocked. */
  async sync(signal?: AbortSignal): Promise<void> {
    await this.settled(signal)
    await this.#sync(signal)
  }

  /** Waits for what this client is noting by itself. */
  async settled(signal?: AbortSignal): Promise<void> {
    await orAborted(Promise.all(this.#noting), signal)
  }

  async #sync(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#read(signal), this.#context.blocks.read(signal)])
  }

  /** Says so, once, where entries are gone that this device has seen before. */
  async #read(signal: AbortSignal | undefined): Promise<void> {
    const { named, tell } = this.#context
    const before = await this.#marks.known()
    const shown = new Set<string>()
    for await (const page of named.query({ contentTopics: [this.topic] }, { signal })) {
      this.#take(page.envelopes)
      for (const envelope of page.envelopes) shown.add(markOf(toHex(digestEnvelope(envelope))))
    }
    if (!this.#isGone && before.some((mark) => !shown.has(mark))) {
      this.#isGone = true
      tell({ kind: 'degraded', code: 'consents.went-back' })
    }
    await this.#marks.keep([...this.#entries.values()].flatMap(({ action, digest }) => (action ? [digest] : [])))
  }

  /** Allows accounts, or denies them, for all clients: after all that was read of the log. */
  set(
    state: 'allowed' | 'denied',
    addresses: readonly Address[],
    signal?: AbortSignal,
  ): Promise<{ ok: true } | Refusal> {
    return this.#say({ state, subject: 'address', values: addresses }, signal)
  }

  /** Declines a conversation, for all clients: it stands where later versions of XMTP name a group. */
  decline(thread: Pick<Thread, 'topic' | 'peer'>, signal?: AbortSignal): Promise<{ ok: true } | Refusal> {
    return this.#say({ state: 'denied', subject: 'group', values: [threadKey(thread)] }, signal)
  }

  async #say(action: ConsentAction, signal: AbortSignal | undefined): Promise<{ ok: true } | Refusal> {
    const said = this.#entryOf(action)
    const answer = await publishOpenly(this.#context.named, [said], signal)
    if (answer.ok) this.#take([said])
    return answer
  }

  /**
   * Allows an account that was written to, as stock clients do, unless something was said about it before. The message is
   * out: nobody waits for this but who reads the log next, and what cannot be noted is no failure.
   */
  allowLater(address: Address): void {
    const { tell } = this.#context
    const noting = this.allowIfUnknown(address)
      .then((allowed) => {
        if (!allowed.ok) tell({ kind: 'degraded', code: allowed.code })
      })
      .catch((error: unknown) => tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'log.late' }))
      .finally(() => this.#noting.delete(noting))
    this.#noting.add(noting)
  }

  /**
   * Allows an account unless something was said about it before. Nobody asked for it, so what another client says at the same
   * moment holds: this is dated back, and looked at again for clients whose clocks differ by more.
   */
  async allowIfUnknown(address: Address, signal?: AbortSignal): Promise<{ ok: true } | Refusal> {
    await this.#sync(signal)
    if (this.of(address) !== 'unknown') return { ok: true }
    const before = new Set(this.#entries.keys())
    const entry = this.#entryOf({ state: 'allowed', subject: 'address', values: [address] })
    const said = { ...entry, timestampNs: entry.timestampNs - datedBackNs }
    const allowed = await publishOpenly(this.#context.named, [said], signal)
    if (!allowed.ok) return allowed
    await this.#sync(signal)
    const meanwhile = [...this.#entries].filter(([name]) => !before.has(name) && name !== nameOf(said))
    const word = consentOf(replay(meanwhile.map(([, entry]) => entry)), address)
    const held = word !== 'unknown' && word !== this.of(address) ? await this.set(word, [address], signal) : allowed
    return held.ok && this.wordOn(address) === 'denied' ? this.#outweigh(address, signal) : held
  }

  /** What was noted may have come after a block that did not count it. */
  #outweigh(address: Address, signal: AbortSignal | undefined): Promise<{ ok: true } | Refusal> {
    const allowedBefore = this.allowancesOf(address)
    const count = (block: OwnBlock): OwnBlock =>
      isOf(address, block) && !isCounted(block, allowedBefore) ? { ...block, allowedBefore } : block
    return this.#context.blocks.change((blocks) => blocks.map(count), signal)
  }

  #entryOf(action: ConsentAction): Envelope {
    const { clock, random } = this.#context
    const message = sealConsentAction(action, this.#keys, random)
    return { contentTopic: this.topic, timestampNs: clock.nextNs(this.topic), message }
  }

  #take(envelopes: readonly Envelope[]): void {
    const before = this.#entries.size
    for (const envelope of envelopes) {
      const { timestampNs: timeNs } = envelope
      if (this.#entries.has(nameOf(envelope)) || timeNs >= endOfTimeNs) continue
      this.#context.clock.seen({ createdNs: timeNs, sentNs: timeNs }, this.topic)
      const [action] = openConsentLog([envelope], this.#keys)
      this.#entries.set(nameOf(envelope), { timeNs, digest: toHex(digestEnvelope(envelope)), action })
    }
    if (this.#entries.size > before) this.#list = replay([...this.#entries.values()])
  }

  get #keys() {
    return derivePreferences(this.#context.keyring.identity.keys.identityKey.secret)
  }
}

/** Whether it blocks an account, by its wallet. */
const isOf = (address: Address, { kind, value, due }: OwnBlock): boolean =>
  kind === 'wallet' && due !== 'go' && toAddress(value) === address

/** Whether it blocks a wallet by the account's own word, and not by a list that it follows alone. */
const isOwnWord = ({ kind, due, sources = 1 }: OwnBlock): boolean =>
  kind === 'wallet' && due !== 'go' && sources % 2 === 1

const isCounted = ({ allowedBefore = 0 }: OwnBlock, allowances: number): boolean => allowedBefore >= allowances

/** A minute: what another client says while this one asks and answers is later. */
const datedBackNs = 60_000_000_000n

const nameOf = (envelope: Envelope): string => `${toHex(digestEnvelope(envelope))} ${envelope.timestampNs}`

const replay = (entries: readonly Entry[]) =>
  replayConsent(
    emptyConsent,
    [...entries].sort(compare).flatMap(({ action }) => action ?? []),
  )

/** As nodes order what lies on a topic. */
function compare(a: Entry, b: Entry): number {
  if (a.timeNs !== b.timeNs) return a.timeNs < b.timeNs ? -1 : 1
  return a.digest < b.digest ? -1 : 1
}
