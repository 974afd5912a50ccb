import { parseRule } from '../../sdk/policy/index.ts'
import { startNode } from '../../service/node/index.ts'
import { forBoth } from './groth16.ts'
import { checkpointOf, credulous, followed, proverFetch, signCheckpoint, signer } from './node.ts'
import { allClasses } from './node-stakes.ts'

// A node whose floor takes tickets, and which believes every proof: `node node-process.ts <directory> <port>`; '' keeps it in memory.

const [directory, port] = process.argv.slice(2)
const signed = await signCheckpoint(checkpointOf({ classes: allClasses }))
const node = await startNode(
  {
    dataDir: directory || undefined,
    port: Number(port),
    metricsPort: 0,
    floor: parseRule('everyone or stamp 1 or stake 1'),
    ...followed,
    provers: ['http://prover.test'],
    signers: [signer.address],
    walletUnits: 1_000_000,
    rateLimits: 'off',
    logLevel: 'warn',
  },
  { groth16: forBoth(credulous()), fetch: proverFetch([signed]) },
)
await node.refresh()
console.log(`listens ${node.metricsUrl}`)
