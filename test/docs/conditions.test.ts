import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as examples from '../../examples/conditions/index.ts'
import { networkIdOf, toHex } from '../../sdk/crypto/index.ts'
import type { Client } from '../../sdk/index.ts'
import { conditionKinds } from '../../sdk/policy/conditions/index.ts'
import { connectOnChain } from '../helpers/connect-on-chain.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../helpers/network.ts'

knowSetup()

type Example = (reader: Client, sender: Client) => Promise<{ ok: boolean; code?: string }>

const day = 86_400_000
const soon = new Date(Date.now() + day)

describe('the example of each condition', () => {
  let network: TestNetwork
  let sender: Client
  let granter: string

  // Before any fact is asked for: from then on, facts of this week are judged by the block that was newest.
  beforeAll(async () => {
    network = await startTestNetwork()
    const [{ key, chain }, other] = [await network.purse(200), await network.purse(0)]
    sender = await network.client({ key, chain, ...deviceOf() })
    const { publicClient, walletClient } = network.connect(other.key)
    granter = walletClient.account.address
    await connectOnChain({ ...network.deployment, publicClient }, walletClient, sender.address)
    await walletOf(key).sendTransaction({ to: network.deployment.token, data: approval })
  })
  afterAll(() => network?.close())

  const walletOf = (key: `0x${string}`) => network.connect(key).walletClient

  const rows: Record<string, Example> = {
    ...examples,
    after: (reader, from) => examples.after(reader, from, soon),
    before: (reader, from) => examples.before(reader, from, soon),
    interacted: (reader, from) => examples.interacted(reader, from, network.deployment.token),
    connected: (reader, from) =>
      examples.connected(reader, from, { resolver: network.deployment.connectionResolver, granter }),
    attested(reader, from) {
      const { eas: service, connectionSchema: schema } = network.deployment
      const where = `network = 0x${toHex(networkIdOf(network.name))}`
      return examples.attested(reader, from, { service, schema, attester: granter, where })
    },
    member: (reader, from) => examples.member(reader, from, [granter, reader.address, from.address]),
  }

  const refusals: Record<string, string> = { nobody: 'policy.refused', after: 'policy.not-yet' }

  test.each(conditionKinds)('%s', { timeout: 60_000 }, async (kind) => {
    const run = rows[kind]
    if (!run) throw new Error(`There is no example of ${kind}.`)
    const { ok, code } = await run(await network.client(), sender)
    expect([ok, code]).toEqual([!refusals[kind], refusals[kind]])
  })
})

/** `approve(address,uint256)` of nothing to nobody. */
const approval = `0x095ea7b3${'00'.repeat(31)}01${'00'.repeat(32)}` as const
