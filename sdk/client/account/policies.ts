import { createQueue } from '../../async.ts'
import { ownedTopic, type PolicyDocument, ruleToMessage } from '../../codec/index.ts'
import { type Address, checksumAddress } from '../../crypto/index.ts'
import type { WalletLike } from '../../identity/index.ts'
import type { SealedKeys } from '../../letters/index.ts'
import { explainRule, formatRule, parseRule, type Rule } from '../../policy/index.ts'
import { maxVersionStep } from '../../verifier/index.ts'
import type { StepOptions } from '../session/events.ts'
import { isForked, rememberedPeer, rememberPeer, requireVersion } from '../session/known-peers.ts'
import { type PeerPolicy, policyOf, readPolicy } from '../session/peer.ts'
import { signPolicy } from '../session/policy-document.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import { RefusedError } from '../session/refused-error.ts'
import type { Session } from '../session/session.ts'
import { createRotation } from './rotation.ts'

/** The parts of a policy document that change; what is left out stays. */
export type PolicyChange = {
  /** `null` for the network's default. */
  readonly rule?: Rule | null
  readonly sealedKeys?: PolicyDocument['sealedKeys']
  /** A backup of the account's keys that is published with the document, or not at all. */
  readonly backup?: Uint8Array
}

/** Ends a call. */
type CallOptions = Pick<StepOptions, 'signal'>

/** A document that was read just now need not be read again. */
type ChangeOptions = CallOptions & { readonly known?: PeerPolicy | undefined }

/** What to change of the newest document; undefined for nothing. */
type Change = (policy: PeerPolicy) => PolicyChange | undefined

export type Published = { readonly ok: true; readonly version: bigint }

/** What an account asks of strangers. */
export type PolicyView = {
  readonly rule: Rule
  /** In the policy language. */
  readonly text: string
  /** For a person. */
  readonly explanation: string
  /** 0 where the account has published none, and the network's default holds. */
  readonly version: bigint
  /** Whether the account can be written to in letters. */
  readonly isSealed: boolean
}

/** The account's own policy document, and what others have published. */
export class Policies {
  readonly #session: Session
  readonly #wallet: WalletLike
  readonly #inTurn = createQueue()
  readonly #rotating = createQueue()

  /** @internal Comes with the client. */
  constructor(session: Session, wallet: WalletLike) {
    this.#session = session
    this.#wallet = wallet
  }

  /**
   * What an account asks of strangers; this account unless told otherwise.
   *
   * @example
   * ```ts
   * const { text, explanation } = await client.policy.get(recipient)
   * console.log(`${text}: ${explanation}`)
   * ```
   */
  async get(address?: string, { signal }: CallOptions = {}): Promise<PolicyView> {
    const { network } = this.#session
    const policy = await this.read(address === undefined ? this.#me : checksumAddress(address), signal)
    const rule = policy.rule ?? network.defaultRule
    return {
      rule,
      text: formatRule(rule, network),
      explanation: explainRule(rule, network),
      version: policy.version,
      isSealed: policy.sealedKey !== undefined,
    }
  }

  /**
   * Says what strangers must show from now on, in the policy language or as a rule; `default` for the network's own.
   *
   * @example
   * ```ts
   * const published = await client.policy.set('connection or stamp 2')
   * if (published.ok) console.log(`in force, as version ${published.version}`)
   * ```
   */
  async set(rule: string | Rule, { signal }: CallOptions = {}): Promise<Published | Refusal> {
    const { network } = this.#session
    const next = typeof rule === 'string' && rule !== 'default' ? parseRule(rule, network) : rule
    return this.change(() => ({ rule: next === 'default' ? null : (next as Rule) }), { signal })
  }

  /**
   * Publishes a new key for letters, and a new backup that holds it; the wallet is asked to sign for it twice. Letters to
   * older keys still open; whoever has an older backup can open none to the new one.
   *
   * @example
   * ```ts
   * await client.policy.rotateKey() // who has stolen an older backup opens no letter from now on
   * ```
   */
  rotateKey({ signal }: CallOptions = {}): Promise<Published | Refusal> {
    return this.#rotating(() => this.#rotate(signal), signal)
  }

  /** The wallet is asked out of turn: whoever leaves it unanswered holds up no other change. */
  async #rotate(signal: AbortSignal | undefined): Promise<Published | Refusal> {
    for (let attempt = 0; ; attempt++) {
      const policy = await this.read(this.#me, signal)
      const rotation = await createRotation(this.#session, { wallet: this.#wallet, signal }, policy)
      const published = await this.#inTurn(() => this.#publish(policy, rotation, signal), signal)
      if ('policy' in published) {
        this.#session.sealedKeys.replace(rotation.seeds)
        return this.#look(published.policy)
      }
      if (!isLate(published) || attempt === attempts) return published
    }
  }

  /** @internal Publishes a key for letters, unless what was just read has one. */
  async ensureSealedKey(found: PeerPolicy, signal?: AbortSignal): Promise<void> {
    const { log, sealedKeys } = this.#session
    const { version } = rememberedPeer(log, this.#me)
    const isNewest = found.version >= version && found.version <= version + maxVersionStep
    const known = isNewest || version === 0n ? found : await this.read(this.#me, signal)
    if (known.sealedKey) return void (await this.#look(known))
    const add: Change = ({ sealedKey }) => (sealedKey ? undefined : addKey(sealedKeys))
    const published = await this.change(add, { known, signal })
    if (!published.ok) throw new RefusedError(published)
  }

  /** @internal Changes the own document: a new version of what there is, which is read unless it was just now. */
  change(change: Change, options: ChangeOptions = {}): Promise<Published | Refusal> {
    return this.#inTurn(() => this.#change(change, options), options.signal)
  }

  /** @internal The newest there is; throws where the node shows an older one than it did before. */
  async read(address: Address, signal?: AbortSignal): Promise<PeerPolicy> {
    const { named, anonymous, network, log } = this.#session
    const node = address === this.#me ? named : anonymous
    const { version } = rememberedPeer(log, address)
    const policy = await readPolicy({ anonymous: node, networkId: network.id }, address, signal)
    if (address === this.#me) this.#tellIfForked(policy)
    return requireVersion(version, { address, policy })
  }

  /** The next version holds for everybody again. */
  #tellIfForked(policy: PeerPolicy): void {
    const { log, tell } = this.#session
    if (isForked(log, { address: this.#me, policy })) tell({ kind: 'degraded', code: 'policy.forked' })
  }

  /** Another client of the account may publish at the same moment; then the change is made to its version. */
  async #change(change: Change, { known, signal }: ChangeOptions): Promise<Published | Refusal> {
    for (let attempt = 0; ; attempt++) {
      const policy = (attempt === 0 && known) || (await this.read(this.#me, signal))
      const published = await this.#apply(change, policy, signal)
      if ('policy' in published) return this.#look(published.policy)
      if (!isLate(published) || attempt === attempts) return published
    }
  }

  async #apply(
    change: Change,
    policy: PeerPolicy,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly policy: PeerPolicy } | Refusal> {
    const changes = await change(policy)
    return changes ? this.#publish(policy, changes, signal) : { policy }
  }

  /** Remembers the own document, and says so where this client does not have the key that it asks letters to be sealed to. */
  async #look(policy: PeerPolicy): Promise<Published> {
    const { sealedKeys, tell } = this.#session
    if (policy.sealedKey && !sealedKeys.find(policy.sealedKey.keyId)) {
      tell({ kind: 'degraded', code: 'sealed-key.unknown' })
    }
    this.#tellIfForked(policy)
    await rememberPeer(this.#session, { address: this.#me, policy })
    await this.#session.copies.catchUp()
    return { ok: true, version: policy.version }
  }

  async #publish(
    { document, version: before }: PeerPolicy,
    changes: PolicyChange,
    signal: AbortSignal | undefined,
  ): Promise<{ policy: PeerPolicy } | Refusal> {
    const { network, keyring, clock, named } = this.#session
    const { rule, sealedKeys = document?.sealedKeys ?? [], backup } = changes
    const kept = rule === undefined ? document?.rule : rule === null ? undefined : ruleToMessage(rule)
    const version = before + 1n
    const fields = { version, sealedKeys: [...sealedKeys], ...(kept && { rule: kept }) }
    const message = signPolicy({ identity: keyring.identity, networkId: network.id }, fields)
    const envelopes = [
      ...(backup ? [{ contentTopic: ownedTopic('privatestore', this.#me), message: backup }] : []),
      { contentTopic: ownedTopic('policy', this.#me), message },
    ].map((envelope) => ({ ...envelope, timestampNs: clock.nextNs() }))
    const published = await publishOpenly(named, envelopes, signal)
    if (!published.ok) return published
    const page = { envelopes: envelopes.slice(-1) }
    return { policy: policyOf(page, this.#me, network.id) }
  }

  get #me(): Address {
    return this.#session.keyring.identity.address
  }
}

const attempts = 3

/** Another change came first. */
const isLate = ({ code }: Refusal): boolean => code === 'policy.version-too-low'

const addKey = (sealedKeys: SealedKeys): PolicyChange => {
  const { keyId, key } = sealedKeys.newest()
  return { sealedKeys: [{ keyId, key }] as PolicyDocument['sealedKeys'] }
}
