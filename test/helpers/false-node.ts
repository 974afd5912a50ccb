import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server in the place of a node, which answers as a test says. */
export async function startFalseNode(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
