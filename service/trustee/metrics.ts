import { Counter, Gauge, Registry } from 'prom-client'

/** What a trustee counts: numbers and codes alone. */
export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const byCode = (name: string, help: string) => new Counter({ name, help, labelNames: ['code'], registers })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  return {
    registry,
    deposits: new Gauge({ name: 'pennypost_deposits', help: 'Deposits in the database.', registers }),
    taken: counter('pennypost_deposits_taken_total', 'Deposits that were checked and stored.'),
    refused: byCode('pennypost_deposits_refused_total', 'Deposits that were not stored, by code.'),
    acknowledged: counter('pennypost_deposits_acknowledged_total', 'Acknowledgements that were published.'),
    ignored: counter('pennypost_letters_ignored_total', 'Letters that held no deposit.'),
    answered: counter('pennypost_claims_answered_total', 'Shares that were handed out.'),
    claimsRefused: byCode('pennypost_claims_refused_total', 'Claims that got no share, or none yet, by code.'),
    changed: counter('pennypost_deposits_changed_total', 'Deposits that were extended or withdrawn.'),
    garbage: counter('pennypost_channel_messages_ignored_total', 'What lay on channels and said nothing.'),
    faults: byCode('pennypost_faults_total', 'Failed requests and statements, by code.'),
  }
}
