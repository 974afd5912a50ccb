import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What a node counts. */
export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const gauge = gaugesOf(registry)
  return {
    registry,
    published: new Counter({ name: 'pennypost_envelopes_published_total', help: 'Envelopes accepted.', registers }),
    refused: new Counter({
      name: 'pennypost_refusals_total',
      help: 'Refusals by code.',
      labelNames: ['code'],
      registers,
    }),
    lanesOpened: new Counter({
      name: 'pennypost_lanes_opened_total',
      help: 'Lanes opened, by the kind of their topic.',
      labelNames: ['kind'],
      registers,
    }),
    leaks: new Counter({ name: 'pennypost_leaks_published_total', help: 'Secrets of cheaters published.', registers }),
    ...countersOfProvers(registry),
    openStreams: gauge('pennypost_open_streams', 'Streams that are open now.'),
    waitingBytes: gauge(
      'pennypost_stream_bytes_waiting',
      'Bytes that wait for readers of streams; what waits for several of them counts once.',
    ),
    latency: new Histogram({
      name: 'pennypost_request_seconds',
      help: 'Time to answer, by route; streams are not counted.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  }
}

const gaugesOf =
  (registry: Registry) =>
  (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] })

/** How following provers goes. */
function countersOfProvers(registry: Registry) {
  const gauge = gaugesOf(registry)
  return {
    doubts: gauge(
      'pennypost_signers_contradict',
      '1 while signers contradict each other and no checkpoint is followed.',
    ),
    provers: gauge(
      'pennypost_prover_followed',
      '1 while a prover answers with what can be followed, by its URL.',
      'prover',
    ),
    falseCheckpoints: new Counter({
      name: 'pennypost_invalid_checkpoints_total',
      help: 'How often a prover served a checkpoint that may not be followed, by its URL.',
      labelNames: ['prover'],
      registers: [registry],
    }),
  }
}
