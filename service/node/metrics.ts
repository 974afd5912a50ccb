import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What a node counts. */
export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    published: new Counter({ name: 'pennypost_envelopes_published_total', help: 'Envelopes accepted.', registers }),
    refused: new Counter({
      name: 'pennypost_refusals_total',
      help: 'Refusals by code.',
      labelNames: ['code'],
      registers,
    }),
    lanesOpened: new Counter({ name: 'pennypost_lanes_opened_total', help: 'Lanes opened.', registers }),
    leaks: new Counter({ name: 'pennypost_leaks_published_total', help: 'Secrets of cheaters published.', registers }),
    doubts: new Gauge({
      name: 'pennypost_signers_contradict',
      help: '1 while signers contradict each other and no checkpoint is followed.',
      registers,
    }),
    provers: new Gauge({
      name: 'pennypost_prover_followed',
      help: '1 while a prover answers with what can be followed, by its URL.',
      labelNames: ['prover'],
      registers,
    }),
    falseCheckpoints: new Counter({
      name: 'pennypost_invalid_checkpoints_total',
      help: 'How often a prover served a checkpoint that may not be followed, by its URL.',
      labelNames: ['prover'],
      registers,
    }),
    openStreams: new Gauge({ name: 'pennypost_open_streams', help: 'Streams that are open now.', registers }),
    waitingBytes: new Gauge({
      name: 'pennypost_stream_bytes_waiting',
      help: 'Bytes that wait for readers of streams; what waits for several of them counts once.',
      registers,
    }),
    latency: new Histogram({
      name: 'pennypost_request_seconds',
      help: 'Time to answer, by route; streams are not counted.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  }
}
