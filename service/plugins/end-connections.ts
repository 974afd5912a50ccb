import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const lookEveryMs = 50

/**
 * Lets a server close as soon as its last answer is out. Fastify ends the connections that are idle when closing begins. It
 * would wait for those whose answer ends a moment later, as every stream's does, until their keep-alive is over, and for those
 * that never asked anything until Node gives up on their headers: a minute or more in both cases.
 */
export function endConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  app.server.on('request', ({ socket }: IncomingMessage) => silent.delete(socket))

  function endWhatIsOver(): void {
    app.server.closeIdleConnections()
    for (const socket of silent) socket.destroy()
  }
  app.addHook('preClose', async () => {
    const timer = setInterval(endWhatIsOver, lookEveryMs).unref()
    app.server.once('close', () => clearInterval(timer))
  })
}
