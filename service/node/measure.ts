import { memoryUsage } from 'node:process'
import { Gauge, type Registry } from 'prom-client'
import type { NodeDeps } from './deps.ts'

/** What is read when somebody asks for the metrics, and not counted on the way. */
export function measureNode(registry: Registry, { clock, checkpoint }: Pick<NodeDeps, 'clock' | 'checkpoint'>): void {
  const registers = [registry]
  new Gauge({
    name: 'pennypost_checkpoint_age_seconds',
    help: 'Since the newest checkpoint that is followed was issued; -1 without one.',
    registers,
    collect() {
      const view = checkpoint()
      this.set(view ? Math.max(0, clock() - Number(view.latest.issuedAt)) : -1)
    },
  })
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process, as the system counts it.',
    registers,
    collect() {
      this.set(memoryUsage.rss())
    },
  })
}
