import { collectDefaultMetrics, Registry } from 'prom-client'

let ofProcess: Registry | undefined

/** What a service counts, and beside it what is the same for all in one process: memory, event loop, processor, descriptors. */
export function metricsText(registry: Registry): Promise<string> {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return Registry.merge([registry, ofProcess]).metrics()
}
