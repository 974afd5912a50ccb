import { connect, type Socket } from 'node:net'
import { type Attack, type Attacker, pause } from './attack.ts'
import { fill, newTopics } from './fill.ts'

/** Questions whose answers are as large as a page may be, and are not read: 60 at a time, and others a little later. */
export const unreadAnswers: Attack = async (attacker) => {
  const contentTopics = newTopics(8)
  await fill(attacker, contentTopics, 80)
  const body = JSON.stringify({ contentTopics, pagingInfo: { limit: 100 } })
  while (!attacker.signal.aborted) {
    const sockets = Array.from({ length: 60 }, () => askAndWait(attacker, body))
    await pause(3000, attacker.signal)
    for (const socket of sockets) socket.destroy()
  }
}

/** Reads how it is answered, and nothing more. */
function askAndWait({ port, from, tell }: Attacker, body: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => undefined)
  socket.once('data', (head) => {
    tell(String(head).slice(9, 12))
    socket.pause()
  })
  socket.write(`POST /message/v1/query HTTP/1.1\r\nhost: node\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  return socket
}
