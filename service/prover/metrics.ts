import { decodeCheckpoint } from '@pennypost/sdk/codec'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../plugins/clock.ts'
import type { ProverStore } from './store/index.ts'

/** What a prover counts. */
export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  return {
    registry,
    head: gauge('pennypost_chain_head_block', 'Newest confirmed block.'),
    block: gauge('pennypost_indexed_block', 'Newest block read.'),
    endpoints: new Gauge({
      name: 'pennypost_chain_endpoint_answers',
      help: '1 while an endpoint of the chain answers, by its URL without path; 0 while others are asked before it.',
      labelNames: ['endpoint'],
      registers,
    }),
    operations: counter(
      'pennypost_operations_read_total',
      'Operations of the note log read, including those read again after a rollback.',
    ),
    rollbacks: counter('pennypost_chain_rollbacks_total', 'Times the chain was found to be reorganised.'),
    checkpoints: counter('pennypost_checkpoints_signed_total', 'Checkpoints signed.'),
    cheaters: counter(
      'pennypost_cheaters_found_total',
      'Stakes found whose secret is public or whose opening is false.',
    ),
    slashed: counter('pennypost_cheaters_slashed_total', 'Stakes found slashed, by this prover or another.'),
    falseCheckpoints: new Counter({
      name: 'pennypost_false_checkpoints_total',
      help: 'Checkpoints found to be false, by the call of the registry that takes the bonds of their signers.',
      labelNames: ['call'],
      registers,
    }),
    faults: new Counter({
      name: 'pennypost_faults_total',
      help: 'Failed requests to the chain or a node, and failed reports of cheaters, by code.',
      labelNames: ['code'],
      registers,
    }),
    latency: new Histogram({
      name: 'pennypost_request_seconds',
      help: 'Time to answer, by route.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  }
}

type Followed = { readonly progress: () => { readonly wellAt: number | undefined }; readonly clock: Clock }

/** Has the time since the chain was followed read when somebody asks for the metrics. */
export function measureProgress(registry: Registry, { progress, clock }: Followed): void {
  new Gauge({
    name: 'pennypost_seconds_since_well',
    help: 'Since the chain was last read without an error; -1 while it never was.',
    registers: [registry],
    collect() {
      const { wellAt } = progress()
      this.set(wellAt === undefined ? -1 : Math.max(0, clock() - wellAt))
    },
  })
}

type Measured = { readonly store: Pick<ProverStore, 'newestSigned'>; readonly clock: Clock }

/** Has the age of the newest checkpoint read when somebody asks for the metrics. */
export function measureCheckpoint(registry: Registry, { store, clock }: Measured): void {
  new Gauge({
    name: 'pennypost_checkpoint_age_seconds',
    help: 'Since the newest checkpoint was issued that has its signatures; -1 without one, or while the database does not answer.',
    registers: [registry],
    async collect() {
      const newest = await store.newestSigned().catch(() => undefined)
      this.set(newest ? Math.max(0, clock() - Number(decodeCheckpoint(newest.checkpoint).issuedAt)) : -1)
    },
  })
}
