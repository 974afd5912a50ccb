import { expect, test } from 'vitest'
import { networkIdOf, toHex, zeroAddress } from '../../../sdk/crypto/index.ts'
import { checkProvers } from '../../../service/node/check-provers.ts'
import { startNode } from '../../../service/node/index.ts'
import { examples } from '../../../service/prover/routes/examples.ts'

const [one, other] = ['http://one.test', 'http://other.test']
const { info } = examples
const { chainId, noteTree } = info
const config = {
  provers: [one, other],
  network: 'pennypost-local',
  chainId,
  noteTree,
  checkpointRegistry: undefined,
} as never
const known = { ...info, networkId: toHex(networkIdOf('pennypost-local')) }

/** Provers by their URLs; those that are not named do not answer. */
const provers =
  (answers: Record<string, unknown>): typeof fetch =>
  async (url) => {
    const found = answers[new URL(`${url}`).origin]
    if (!`${url}`.endsWith('/v1/info') || found === undefined) throw new TypeError('fetch failed')
    return found instanceof Response ? found : Response.json(found)
  }
const wrong = { ...known, noteTree: zeroAddress }

test.each<[string, Record<string, unknown>]>([
  ['that sign for the same', { [one]: known, [other]: known }],
  ['of which one signs for the same', { [one]: wrong, [other]: known }],
  ['that are silent', {}],
  ['that answer what is no prover', { [one]: '<html>', [other]: new Response('x', { status: 500 }) }],
])('provers %s are no reason not to start', async (_, answers) => {
  await expect(checkProvers(config, { fetch: provers(answers) })).resolves.toBeUndefined()
})

test.each<[string, object, string]>([
  [
    'network',
    { network: 'other', networkId: '00'.repeat(32) },
    'PENNYPOST_NETWORK is pennypost-local, and http://one.test signs for other.',
  ],
  ['chain', { chainId: 1 }, `PENNYPOST_CHAIN_ID is ${chainId}, and http://one.test signs for 1.`],
  [
    'note tree',
    { noteTree: zeroAddress },
    `PENNYPOST_NOTE_TREE is ${noteTree}, and http://one.test signs for ${zeroAddress}.`,
  ],
  [
    'registry',
    { checkpointRegistry: noteTree },
    `PENNYPOST_CHECKPOINT_REGISTRY is ${zeroAddress}, and http://one.test signs for ${noteTree}.`,
  ],
])('another %s than all provers sign for is said in one sentence', async (_, change, message) => {
  const fetch = provers({ [one]: { ...known, ...change }, [other]: { ...known, ...change } })
  const error = { code: 'setting.invalid', message: expect.stringContaining(message) }
  await expect(checkProvers(config, { fetch })).rejects.toMatchObject(error)
})

test('a node does not listen before it knows, unless it follows something already', async () => {
  const signers = [noteTree as `0x${string}`]
  const settings = {
    ...(config as object),
    signers,
    dataDir: undefined,
    port: 0,
    metricsPort: 0,
    logLevel: 'silent',
  } as const
  const starting = startNode(settings, { fetch: provers({ [one]: wrong }) })
  await expect(starting).rejects.toMatchObject({ code: 'setting.invalid' })
  const node = await startNode(settings, { fetch: provers({}) })
  await node.close()
})
