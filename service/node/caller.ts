import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'

/** Where a request comes from, as far as one caller has it alone: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest)
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(tail ? tail.split(':') : [])]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** What the node writes down of a caller: always the same, and nothing to whoever reads the store without its key. */
export const callerOf = (ip: string, seed: Uint8Array): string =>
  `@${createHmac('sha256', seed)
    .update(`pennypost/caller/v1 ${networkOf(ip)}`)
    .digest('base64url')
    .slice(0, 22)}`
