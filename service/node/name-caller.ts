import { createHmac } from 'node:crypto'
import { callerOf } from '../plugins/callers.ts'

/** What the node writes down of a caller: always the same, and nothing to whoever reads the store without its key. */
export const nameOfCaller = (ip: string, seed: Uint8Array): string =>
  `@${createHmac('sha256', seed)
    .update(`pennypost/caller/v1 ${callerOf({ ip })}`)
    .digest('base64url')
    .slice(0, 22)}`

/** The same, made when it is first asked for. */
export function onceNamed(ip: string, seed: Uint8Array): () => string {
  let name: string | undefined
  return () => {
    name ??= nameOfCaller(ip, seed)
    return name
  }
}
