import { connect, type Socket } from 'node:net'
import { type Attack, type Attacker, pause } from './attack.ts'

const most = 1500

/** Connections that say a byte of their request now and then: half of them of the head, half of a body of many bytes. */
export const slowConnections: Attack = async (attacker) => {
  const sockets = new Set<Socket>()
  while (!attacker.signal.aborted) {
    beginMore(attacker, sockets)
    drip(sockets)
    await pause(500, attacker.signal)
  }
  for (const socket of sockets) socket.destroy()
}

function beginMore(attacker: Attacker, sockets: Set<Socket>): void {
  for (let i = 0; i < 100 && sockets.size < most; i++) begin(attacker, sockets, i % 2 === 0 ? 'head' : 'body')
}

function drip(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) if (socket.writable) socket.write('x')
}

const beginnings = {
  head: 'POST /v1/publish HTTP/1.1\r\nhost: node\r\nx-slow: ',
  body: 'POST /v1/publish HTTP/1.1\r\nhost: node\r\ncontent-length: 14400000\r\n\r\n',
} as const

function begin({ port, from, tell }: Attacker, sockets: Set<Socket>, kind: keyof typeof beginnings): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  sockets.add(socket)
  socket.on('error', () => undefined)
  socket.once('data', (head) => tell(String(head).slice(9, 12)))
  socket.once('close', () => {
    sockets.delete(socket)
    tell('closed')
  })
  socket.write(beginnings[kind])
}
