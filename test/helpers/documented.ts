import type { Checkpoint } from '../../sdk/codec/index.ts'
import { ed25519PublicKey } from '../../sdk/crypto/index.ts'
import { parseRule } from '../../sdk/policy/index.ts'
import { defaultTerms } from '../../sdk/verifier/index.ts'
import type { NodeConfig } from '../../service/node/index.ts'
import { issuer, namingIssuers, rule } from './credentials.ts'
import { forBoth } from './groth16.ts'
import {
  checkpointOf,
  credulous,
  followed,
  makeAccount,
  makeNode,
  proverFetch,
  signCheckpoint,
  signer,
} from './node.ts'

/** When the story is told that the examples of the OpenAPI document are from. */
export const toldAt = Date.UTC(2026, 0, 1) / 1000

const rules = {
  requestBits: 20,
  defaultRule: parseRule(`${defaultTerms.defaultRule} or ${rule}`),
  ...followed,
  provers: ['http://prover.test'],
  signers: [signer.address],
} as const

/** A node of that story; it believes proofs. */
async function makeTelling(nodes: Checkpoint['nodes'], config: Partial<NodeConfig> = {}) {
  const signed = await signCheckpoint(checkpointOf({ issuedAt: BigInt(toldAt), nodes }))
  const node = await makeNode(
    { ...rules, ...config },
    { clock: () => toldAt, groth16: forBoth(credulous()), fetch: proverFetch([signed]) },
  )
  await node.checkpoints.poll()
  const anywhere = { port: 0, host: '127.0.0.1' }
  const [url, metricsUrl] = [await node.app.listen(anywhere), await node.app.inside.listen(anywhere)]
  return { ...node, url, metricsUrl }
}

/** The network's terms name an issuer of facts. */
function nameIssuer({ deps }: Awaited<ReturnType<typeof makeTelling>>): void {
  const { checkpoint } = deps
  const naming = (view = checkpoint()) => view && { ...view, latest: namingIssuers(view.latest, issuer.key) }
  Object.assign(deps, { checkpoint: () => naming() })
}

/** The two nodes of the story: one that takes mail, and one that is no longer home to anything. */
export async function startDocumentedNodes() {
  const elsewhere = {
    $typeName: 'pennypost.v1.NodeEntry',
    key: ed25519PublicKey(new Uint8Array(32).fill(9)),
    url: 'https://node.example',
  } as const
  const [taking, former] = [await makeTelling([]), await makeTelling([elsewhere])]
  nameIssuer(taking)
  const { token } = await makeAccount(0x11, toldAt)
  return {
    taking,
    former,
    token,
    async close() {
      await Promise.all([taking.close(), former.close()])
    },
  }
}
