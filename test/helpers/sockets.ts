import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A socket of a process, by what the kernel says: ports of both ends; 0 where there is none. */
export type OpenSocket = { readonly protocol: string; readonly local: number; readonly remote: number }

/** All sockets of the internet that a process has open now, on Linux; elsewhere nothing is known of them. */
export function openSockets(pid: number): OpenSocket[] {
  if (process.platform !== 'linux') return []
  const own = socketsOf(pid)
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    linesOf(`/proc/${pid}/net/${protocol}`)
      .filter(([, , , , , , , , , inode = '']) => own.has(inode))
      .map(([, local = '', remote = '']) => ({ protocol, local: portOf(local), remote: portOf(remote) })),
  )
}

function socketsOf(pid: number): Set<string> {
  const inodes = new Set<string>()
  for (const descriptor of listOf(`/proc/${pid}/fd`)) {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${descriptor}`)) ?? []
    if (inode) inodes.add(inode)
  }
  return inodes
}

const listOf = (path: string) => orElse(() => readdirSync(path), [])
const linkOf = (path: string) => orElse(() => readlinkSync(path), '') // may be closed by now
const linesOf = (path: string) =>
  orElse(() => readFileSync(path, 'utf8'), '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
const portOf = (address: string) => Number.parseInt(address.split(':')[1] ?? '0', 16)

function orElse<T>(read: () => T, other: T): T {
  try {
    return read()
  } catch {
    return other
  }
}
