import { encodeLeak, type Leak, leaksTopic } from '@pennypost/sdk/codec'
import {
  a1Of,
  classIdOf,
  fromBytes,
  isFieldElement,
  noteKinds,
  nullifierOf,
  recoverSecret,
  scopeOf,
  slopeOf,
  toBytes32,
  toHex,
} from '@pennypost/sdk/crypto'
import { type Cheat, type CheckpointView, periodOf } from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import { digestOf } from './digest.ts'
import { createKeyedLock } from './keyed-lock.ts'
import type { NodeStore } from './store/index.ts'

/** What the node knows of cheaters, and what it does about them. */
export type Leaks = {
  /**
   * Whether a nullifier belongs to a secret that is out, by the checkpoint or by what this node has seen itself; for
   * tickets of the current and the previous full hour.
   */
  atNow(): Promise<(nullifier: bigint) => boolean>
  /** Publishes the secret that a cheat gives away; once, however often it is seen. */
  report(cheat: Cheat): Promise<void>
}

type Options = {
  readonly networkId: Uint8Array
  readonly store: Pick<NodeStore, 'leaks' | 'write'>
  readonly checkpoint: () => CheckpointView | undefined
  readonly clock: Clock
  /** Told of each secret that is published. */
  readonly onFound?: () => void
}

const hour = 3600
/** Two hashes each; others are served between. */
const ticketsPerTurn = 32

/** Follows the secrets that are out. What the node published before is read from its store. */
export async function createLeaks(options: Options): Promise<Leaks> {
  const { networkId, store, checkpoint, clock, onFound } = options
  const own = new Map((await store.leaks()).map((leak) => [toHex(leak.secret), leak]))
  const lock = createKeyedLock()
  const tickets = createTickets(networkId)

  async function publish(leak: Leak): Promise<void> {
    const key = toHex(leak.secret)
    if (own.has(key)) return
    const message = encodeLeak(leak)
    const timestampNs = BigInt(Math.floor(clock() * 1000)) * 1_000_000n
    const envelope = { contentTopic: leaksTopic(networkId), timestampNs, message }
    await store.write({ envelopes: [{ ...envelope, digest: digestOf(envelope) }], leak })
    own.set(key, leak)
    onFound?.()
  }

  return {
    async atNow() {
      const view = checkpoint()
      const announced = (view?.latest.leaks ?? []).filter((secret) => isFieldElement(fromBytes(secret)))
      const secrets = new Set([...own.keys(), ...announced.map(toHex)])
      if (!view || secrets.size === 0) return () => false
      const known = await tickets([...secrets], view, Math.floor(clock()))
      return (nullifier) => known.has(nullifier)
    },
    async report({ classNumber, nullifier, first, second }) {
      if (nullifierOf(slopeOf(first, second)) !== nullifier) return
      const secret = toBytes32(recoverSecret(first, second))
      await lock([toHex(secret)], () => publish({ secret, classNumber }))
    },
  }
}

/** Computes the nullifiers of secrets for one moment; what was computed for the last moment is kept. */
function createTickets(networkId: Uint8Array) {
  let computed = new Map<string, readonly bigint[]>()
  let moment = { key: '', known: new Set<bigint>() as ReadonlySet<bigint> }
  const lock = createKeyedLock()

  async function compute(secrets: readonly string[], scopes: readonly Scope[], key: string): Promise<void> {
    const next = new Map<string, readonly bigint[]>()
    for (const secret of secrets) {
      for (const scope of scopes) {
        const name = `${secret} ${scope.scope}`
        next.set(name, computed.get(name) ?? (await nullifiersIn(BigInt(`0x${secret}`), scope)))
      }
    }
    computed = next
    moment = { key, known: new Set([...next.values()].flat()) }
  }

  return async (secrets: readonly string[], view: CheckpointView, now: number): Promise<ReadonlySet<bigint>> => {
    const key = () => `${now - (now % hour)} ${view.latest.sequence} ${secrets.length}`
    if (moment.key === key()) return moment.known
    return lock(['compute'], async () => {
      if (moment.key !== key()) await compute(secrets, scopesOf(networkId, view, now), key())
      return moment.known
    })
  }
}

/** Where a message id of a stake counts now, and how many there are. */
type Scope = { readonly scope: bigint; readonly limit: number }

function scopesOf(networkId: Uint8Array, { latest }: CheckpointView, now: number): Scope[] {
  const current = BigInt(now - (now % hour))
  return latest.classes
    .filter(({ kind }) => kind === noteKinds.stake)
    .flatMap((noteClass) => {
      const { contract, number, limit } = noteClass
      const classId = classIdOf({ kind: 'stake', chainId: latest.chainId, contract, number: BigInt(number) })
      const periods = new Set([current, current - BigInt(hour)].map((asOf) => periodOf(noteClass, asOf)))
      return [...periods].map((period) => ({ scope: scopeOf({ networkId, classId, period }), limit }))
    })
}

async function nullifiersIn(secret: bigint, { scope, limit }: Scope): Promise<bigint[]> {
  const found: bigint[] = []
  for (let id = 0; id < limit; id++) {
    found.push(nullifierOf(a1Of(secret, scope, BigInt(id))))
    if (found.length % ticketsPerTurn === 0) await new Promise(setImmediate)
  }
  return found
}
