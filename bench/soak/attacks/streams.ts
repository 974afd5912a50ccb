import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Attack, type Attacker, pause } from './attack.ts'
import { fill, newTopics } from './fill.ts'

type Opening = { readonly path: string; readonly body: string }

/** A stream whose head has come; nothing more is read of it. */
async function openStream({ port, from, tell }: Attacker, { path, body }: Opening): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => undefined)
  socket.write(`POST ${path} HTTP/1.1\r\nhost: node\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const status = await Promise.race([
    once(socket, 'data').then(([head]) => String(head).slice(9, 12)),
    once(socket, 'close').then(() => 'closed'),
  ])
  tell(status === '200' ? 'ok' : status)
  return socket.pause()
}

const topics = newTopics(8)
const openings: readonly Opening[] = [
  { path: '/message/v1/subscribe-all', body: '{}' },
  { path: '/message/v1/subscribe', body: JSON.stringify({ contentTopics: topics }) },
  { path: '/v1/subscribe', body: JSON.stringify({ contentTopics: topics, after: '0' }) },
]

/** 200 streams, of which nobody reads half and the other half a byte a second, while much is published to them. */
export const stalledStreams: Attack = async (attacker) => {
  const sockets: Socket[] = []
  for (let i = 0; i < 200 && !attacker.signal.aborted; i++) {
    const socket = await openStream(attacker, openings[i % openings.length] as Opening)
    sockets.push(socket)
    if (i % 2 === 1) sip(socket)
  }
  await fill(attacker, topics)
  for (const socket of sockets) socket.destroy()
}

/** Reads a byte a second. */
function sip(socket: Socket): void {
  const timer = setInterval(() => socket.read(1), 1000)
  socket.once('close', () => clearInterval(timer))
}

/** A thousand streams of everything that are opened and dropped, again and again. */
export const droppedStreams: Attack = async (attacker) => {
  const everything = openings[0] as Opening
  while (!attacker.signal.aborted) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openStream(attacker, everything)))
    for (const socket of sockets) socket.destroy()
    await pause(400, attacker.signal)
  }
}
