import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** Which proxies' word on a caller's address counts: none's, that of so many before the service, or of those in some networks. */
export type TrustedProxies = 'off' | number | readonly string[]

const mostHops = 10

/** `off`, a number of proxies, or addresses and networks separated by commas. */
export function trustedProxies(text: string): TrustedProxies {
  if (text === 'off') return 'off'
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= mostHops) return Number(text)
  const networks = text.split(',').map((network) => network.trim())
  if (networks.every(isNetwork)) return networks
  throw new RangeError(`expected off, a number from 1 to ${mostHops}, or networks such as 10.0.0.0/8, found "${text}".`)
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isPrefix = prefix === undefined || (/^[1-9]\d*$/.test(prefix) && Number(prefix) <= bits)
  return rest.length === 0 && bits > 0 && isPrefix
}

/** The same in Fastify's words, which itself takes no number: whoever reaches the service directly could pass for a proxy. */
export function trustProxyOf(proxies: TrustedProxies): false | string[] | ((address: string, hop: number) => boolean) {
  if (proxies === 'off') return false
  return typeof proxies === 'number' ? (_, hop) => hop < proxies : [...proxies]
}

/** Whether who connects is a proxy that is trusted: where their number is given, nobody else connects. */
export function isProxyOf(proxies: TrustedProxies): (address: string) => boolean {
  if (proxies === 'off' || typeof proxies === 'number') return () => proxies !== 'off'
  const known = new BlockList()
  for (const network of proxies) {
    const [address = '', prefix] = network.split('/')
    const [family, bits] = isIPv4(address) ? (['ipv4', 32] as const) : (['ipv6', 128] as const)
    known.addSubnet(address, Number(prefix ?? bits), family)
  }
  return (address) => known.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/**
 * Whom a request is counted for, by every limit: an IPv4 address, or the /64 of an IPv6 address, which one household has all
 * of. What is no address (a proxy passes on what it was told) is one caller together.
 */
export function callerOf({ ip }: { readonly ip: string }): string {
  if (isIPv4(ip)) return ip
  return isIPv6(ip) ? networkOf(ip) : 'unknown'
}

function networkOf(ip: string): string {
  const groups = groupsOf(ip)
  const [high = 0, low = 0] = groups.slice(6)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight numbers of an IPv6 address. */
function groupsOf(ip: string): number[] {
  const [address = ''] = ip.split('%') // without the zone
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').flatMap(readGroup))
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function readGroup(text: string): number[] {
  if (text === '') return []
  if (!isIPv4(text)) return [Number.parseInt(text, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
