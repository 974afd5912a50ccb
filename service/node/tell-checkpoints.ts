import type { FastifyBaseLogger } from 'fastify'
import type { Checkpoints, ProverHealth } from './checkpoints.ts'
import type { Metrics } from './metrics.ts'

type Heard = Pick<Checkpoints, 'onDoubt' | 'onAsked'>

const isInvalid = ({ code }: ProverHealth): boolean => code === 'checkpoint.invalid'

/** Counts what is heard of provers. */
export function countCheckpoints(
  checkpoints: Heard,
  metrics: Pick<Metrics, 'doubts' | 'provers' | 'falseCheckpoints'>,
) {
  checkpoints.onDoubt((doubt) => metrics.doubts.set(doubt ? 1 : 0))
  checkpoints.onAsked((now) => {
    metrics.provers.set({ prover: now.url }, now.ok ? 1 : 0)
    if (isInvalid(now)) metrics.falseCheckpoints.inc({ prover: now.url })
  })
}

/** Logs what changes: a prover that is followed, or lost and why; one that serves what is invalid is an error. */
export function logCheckpoints(checkpoints: Heard, log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>): void {
  checkpoints.onDoubt((doubt) => (doubt ? log.error(doubt) : log.info('Signers agree again.')))
  checkpoints.onAsked((now, before) => {
    const { url: prover, ok, error, code } = now
    if (before.ok === ok && (ok || before.error === error)) return
    if (ok) log.info({ prover }, 'Following a prover.')
    else if (isInvalid(now))
      log.error({ prover, code }, `A prover serves a checkpoint that may not be followed: ${error}`)
    else log.warn({ prover, code }, `A prover cannot be followed: ${error}`)
  })
}
