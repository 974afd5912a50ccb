import { groth16 } from 'snarkjs'
import { credentialKey, ticketKey } from '../sdk/generated/keys.ts'
import { BatchVerifier, type KeyedItem } from '../sdk/verifier/groth16-mcl-batch.ts'
import { loadMcl } from '../sdk/verifier/groth16-mcl-curve.ts'
import { createPortableGroth16 } from '../sdk/verifier/index.ts'
import { toProofJson } from '../test/helpers/snarkjs.ts'
import { createPublicMcl } from './mcl-public.ts'
import { timed } from './row.ts'

// A process of its own for one way to verify proofs: measures when its parent asks, and answers the milliseconds a proof.

const keys = [ticketKey, credentialKey]

/** Of which circuit proofs are; of both they alternate. */
export type Of = 'ticket' | 'credential' | 'both'

/** A way to verify, made from good proofs: each call verifies some, and says how many. */
type Subject = (items: readonly KeyedItem[]) => Promise<() => Promise<number>>

/** One proof after the other. */
const single =
  (prepare: () => Promise<(item: KeyedItem) => unknown>): Subject =>
  async (items) => {
    const verify = await prepare()
    let next = 0
    return async () => {
      await verify(items[next++ % items.length] as KeyedItem)
      return 1
    }
  }

const batchSize = 128

/** Many proofs by one equation; the item `bad`, if there is one, is false. */
const batched =
  (bad?: number): Subject =>
  async (items) => {
    const verifier = await batch()
    const many = Array.from({ length: batchSize }, (_, i) => items[i % items.length] as KeyedItem)
    const asked = many.map((item, i) => (i === bad ? { ...item, signals: item.signals.with(2, 1n) } : item))
    return async () => {
      if (verifier.verify(asked).some((isGood, i) => isGood === (i === bad))) throw new Error('A wrong answer.')
      return batchSize
    }
  }

let verifier: BatchVerifier | undefined

/** The one of this process. */
async function batch(): Promise<BatchVerifier> {
  verifier ??= new BatchVerifier(await loadMcl(), keys, {
    capacity: batchSize,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  return verifier
}

const snarkjsKey = { ...ticketKey, protocol: 'groth16', curve: 'bn128' } as unknown as Parameters<
  typeof groth16.verify
>[0]

const subjects = {
  snarkjs: single(
    async () =>
      ({ proof, signals }) =>
        groth16.verify(snarkjsKey, signals.map(String), toProofJson(proof)),
  ),
  public: single(() => createPublicMcl(ticketKey)),
  portable: single(async () => {
    const portable = createPortableGroth16(ticketKey)
    return (item) => portable.verify([item])
  }),
  mcl: single(async () => {
    const verifier = await batch()
    return (item) => verifier.verify([item])
  }),
  batch: batched(),
  batchWithBad: batched(77),
} as const satisfies Record<string, Subject>

export type SubjectName = keyof typeof subjects

/** Proofs as they cross to this process. */
export type SentItem = { readonly key: number; readonly proof: string; readonly signals: readonly string[] }

/** What the parent says: which good proofs there are of a kind, or for how long to verify them. */
export type Asked = { readonly of: Of } & ({ readonly items: readonly SentItem[] } | { readonly milliseconds: number })

const runs: Partial<Record<Of, () => Promise<number>>> = {}

process.on('message', async (message: Asked) => {
  if ('items' in message) {
    const items = message.items.map(({ key, proof, signals }) => ({
      key,
      proof: new Uint8Array(Buffer.from(proof, 'hex')),
      signals: signals.map(BigInt),
    }))
    runs[message.of] = await subjects[process.argv[2] as SubjectName](items)
    process.send?.(0)
    return
  }
  const run = runs[message.of]
  let count = 0
  const total = await timed(1, async () => {
    const end = performance.now() + message.milliseconds
    while (run && performance.now() < end) count += await run()
  })
  process.send?.(total / count)
})
process.on('disconnect', () => process.exit())
