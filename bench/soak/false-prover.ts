import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkpointOf, followed, signCheckpoint, signer } from '../../test/helpers/node.ts'

/** What a node must be told to follow it. */
export type FollowedProver = { readonly env: Readonly<Record<string, string>>; close(): void }

/** A prover with one checkpoint of a chain that is nowhere: with it, a node has something to verify tickets against. */
export async function startFalseProver(): Promise<FollowedProver> {
  const checkpoints = [await signCheckpoint(checkpointOf())]
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ checkpoints }))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    env: {
      PENNYPOST_PROVERS: `http://127.0.0.1:${port}`,
      PENNYPOST_SIGNERS: signer.address,
      PENNYPOST_CHAIN_ID: String(followed.chainId),
      PENNYPOST_NOTE_TREE: followed.noteTree,
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
