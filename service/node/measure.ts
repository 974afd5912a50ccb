import { Gauge, type Registry } from 'prom-client'
import type { NodeDeps } from './deps.ts'
import type { LimitedCallers } from './limited-callers.ts'
import type { ProofQueue } from './proof-queue.ts'

type Measured = Pick<NodeDeps, 'clock' | 'checkpoint'> & {
  readonly store: Pick<NodeDeps['store'], 'waiting' | 'parkedTotals'>
  readonly proofs: Pick<ProofQueue, 'waiting'>
  readonly limited: Pick<LimitedCallers, 'count'>
}

/** What is read when somebody asks for the metrics, and not counted on the way. */
export function measureNode(registry: Registry, { clock, checkpoint, store, proofs, limited }: Measured): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge(
    'pennypost_checkpoint_age_seconds',
    'Since the newest checkpoint that is followed was issued; -1 without one.',
    () => {
      const view = checkpoint()
      return view ? Math.max(0, clock() - Number(view.latest.issuedAt)) : -1
    },
  )
  gauge('pennypost_proofs_waiting', 'Proofs that are being verified, or wait for it.', () => proofs.waiting())
  gauge('pennypost_changes_waiting', 'Changes that wait for a transaction to begin.', () => store.waiting())
  gauge('pennypost_limited_callers', 'Callers who were told to wait, in the last minute or two.', () => limited.count())
  measureParked(registry, store)
}

function measureParked(registry: Registry, store: Pick<NodeDeps['store'], 'parkedTotals'>): void {
  new Gauge({
    name: 'pennypost_parked',
    help: 'Parked first messages, by measure: how many, and their bytes; -1 while the database does not answer.',
    labelNames: ['measure'],
    registers: [registry],
    async collect() {
      const { count, bytes } = await store.parkedTotals().catch(() => ({ count: -1, bytes: -1 }))
      this.set({ measure: 'count' }, count)
      this.set({ measure: 'bytes' }, bytes)
    },
  })
}
