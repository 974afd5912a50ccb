import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { isIP, Socket } from 'node:net'

// Loaded before a program (`node --import`): writes down whom the process calls, one a line, in the file that DIALS_FILE names.

const file = process.env.DIALS_FILE
if (!file) throw new Error('DIALS_FILE names no file.')
const write = (line: string): void => appendFileSync(file, `${line}\n`)

type Method = (...parameters: unknown[]) => unknown

/** Has a function say what it is called with before it does it, where that is something. */
function record(owner: object, name: string, describe: (parameters: unknown[]) => string | undefined): void {
  const methods = owner as Record<string, Method>
  const original = methods[name]
  if (!original) throw new Error(`There is no ${name}.`)
  methods[name] = function (...parameters) {
    const line = describe(parameters)
    if (line) write(line)
    return original.apply(this, parameters)
  }
}

/** `connect` takes options, or options and a listener in an array, or a port and a host. */
function placeOf(parameters: unknown[]): string {
  const [first, host] = parameters.flat()
  const { port = first, host: named = host, path } = (typeof first === 'object' ? first : {}) as Record<string, unknown>
  return path ? `connect ${path}` : `connect ${named ?? 'localhost'}:${port}`
}

record(Socket.prototype, 'connect', placeOf)
for (const name of ['send', 'connect']) record(dgram.Socket.prototype, name, () => `udp ${name}`)
/** An address is looked up without asking anybody. */
const nameOf = ([host]: unknown[]) => (isIP(String(host)) ? undefined : `dns ${host}`)
for (const resolver of [dns, dns.promises])
  for (const name of Object.keys(resolver).filter((key) => /^(lookup|resolve|reverse)/.test(key)))
    record(resolver, name, nameOf)
