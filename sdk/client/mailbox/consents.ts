import type { Envelope } from '../../codec/index.ts'
import type { ConsentState } from '../../consent/index.ts'
import {
  consentOf,
  deniedAddresses,
  derivePreferences,
  emptyConsent,
  openConsentLog,
  replayConsent,
  sealConsentAction,
} from '../../consent/index.ts'
import type { Address } from '../../crypto/index.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'

type Context = Pick<Session, 'named' | 'keyring' | 'clock' | 'random' | 'signal'>

/** The account's word on other accounts, in the encrypted log that stock clients keep too. */
export class Consents {
  readonly #context: Context
  #list = emptyConsent
  #isRead = false
  #watching: Promise<void> | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** What is known now about an account. */
  of(address: Address): ConsentState {
    return consentOf(this.#list, address)
  }

  /** The accounts that are denied, as far as is known now. */
  denied(): Address[] {
    return deniedAddresses(this.#list)
  }

  /** Where the log lies. */
  get topic(): string {
    return this.#keys.topic
  }

  /** What another client of the account has just said. */
  receive(envelope: Pick<Envelope, 'message'>): void {
    this.#list = replayConsent(this.#list, openConsentLog([envelope], this.#keys))
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
    await this.sync(signal)
  }

  /** Reads the log. */
  async sync(signal?: AbortSignal): Promise<void> {
    const keys = this.#keys
    let list = emptyConsent
    for await (const page of this.#context.named.query({ contentTopics: [keys.topic] }, { signal })) {
      list = replayConsent(list, openConsentLog(page.envelopes, keys))
    }
    this.#list = list
    this.#isRead = true
  }

  /** Allows accounts, or denies them, for all clients. */
  async set(
    state: 'allowed' | 'denied',
    addresses: readonly Address[],
    signal?: AbortSignal,
  ): Promise<{ ok: true } | Refusal> {
    const { clock, random } = this.#context
    const action = { state, subject: 'address' as const, values: addresses }
    const message = sealConsentAction(action, this.#keys, random)
    const envelope = { contentTopic: this.#keys.topic, timestampNs: clock.nextNs(), message }
    const answer = await publishOpenly(this.#context.named, [envelope], signal)
    if (answer.ok) this.#list = replayConsent(this.#list, [action])
    return answer
  }

  /** Allows an account that was written to, as stock clients do, unless something was said about it before. */
  async allowIfUnknown(address: Address, signal?: AbortSignal): Promise<void> {
    if (!this.#isRead) await this.sync(signal)
    if (this.of(address) === 'unknown') await this.set('allowed', [address], signal)
  }

  get #keys() {
    return derivePreferences(this.#context.keyring.identity.keys.identityKey.secret)
  }
}
