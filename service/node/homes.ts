import { unusedStatement } from '@pennypost/sdk/codec'
import { signEd25519, toHex } from '@pennypost/sdk/crypto'
import { homeOf } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { type Refusal, refuse } from './refusal.ts'

/**
 * Each nullifier has one home, so that no two nodes take it, whatever else is shown with it. A node outside the set is
 * home to nothing. A lane that renews another one without evidence is at home where that one is.
 */
export function checkHome({ checkpoint, key }: NodeDeps, subjects: readonly Uint8Array[]): Refusal | undefined {
  const nodes = checkpoint()?.latest.nodes ?? []
  const homes = new Map(
    subjects.flatMap((subject) => homeOf(nodes, subject) ?? []).map((node) => [toHex(node.key), node]),
  )
  const [home, second] = homes.values()
  if (!home || (!second && homes.has(toHex(key.publicKey)))) return undefined
  if (second)
    return refuse('lane.homes-differ', 'All tickets of one lane must have the same home. Choose other message ids.')
  return refuse('lane.not-home', `The lane's home is ${home.url}. Open it there.`, { home: home.url })
}

/** What a node says of nullifiers that another one may take now. */
export type Unused = {
  readonly ok: true
  /** Of its newest checkpoint, by which it is home to none of them. */
  readonly sequence: bigint
  /** Whether it has taken each of them. */
  readonly used: readonly boolean[]
  /** Over {@link unusedStatement} of those that it has not; empty if there are none. */
  readonly signature: Uint8Array
}

/**
 * Says which nullifiers this node, once their home, has not taken, and never will while another one is. Whatever was under
 * way for them ends first; what comes later looks at the set of nodes again before it writes.
 */
export async function tellUnused(deps: NodeDeps, nullifiers: readonly Uint8Array[]): Promise<Unused | Refusal> {
  const mine = () => nullifiers.some((nullifier) => checkHome(deps, [nullifier]) === undefined)
  if (mine()) return stillHome // without waiting: two nodes may ask each other
  return deps.state.lock(nullifiers.map(toHex), async () => {
    const { sequence } = deps.checkpoint()?.latest ?? {}
    if (sequence === undefined || mine()) return stillHome
    const taken = new Set((await deps.store.usedNullifiers(nullifiers)).map(({ nullifier }) => toHex(nullifier)))
    const used = nullifiers.map((nullifier) => taken.has(toHex(nullifier)))
    const unused = nullifiers.filter((_, i) => !used[i])
    const statement = unusedStatement(deps.network.id, sequence, unused)
    const signature = unused.length > 0 ? signEd25519(statement, deps.key.seed) : new Uint8Array()
    return { ok: true, sequence, used, signature }
  })
}

const stillHome = refuse('node.unavailable', 'This node is home to them, as far as it has heard.')
