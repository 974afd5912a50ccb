import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import { connectionResolverAbi } from '../../sdk/generated/abis.ts'
import { startOwnerChain } from './helpers/owner-chain.ts'
import { openStockEas } from './helpers/stock-eas.ts'

describe('the stock client of the attestation service', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>
  let eas: ReturnType<typeof openStockEas>

  beforeAll(async () => {
    chain = await startOwnerChain()
    eas = openStockEas({ rpcUrl: chain.rpcUrl, ...chain.deployment, schema: chain.deployment.connectionSchema })
  })
  afterAll(async () => {
    eas.close()
    await chain.close()
  })

  const resolver = () => ({ address: chain.deployment.connectionResolver, abi: connectionResolverAbi }) as const
  const isConnected = (...args: [Address, Address]) =>
    chain.client.readContract({ ...resolver(), functionName: 'isConnected', args })

  test('finds the schema that the deployment names', async () => {
    const { connectionResolver, connectionSchema } = chain.deployment
    expect(await chain.client.readContract({ ...resolver(), functionName: 'schema' })).toBe(connectionSchema)
    const [uid, resolverAddress, revocable, schema] = await eas.readSchema()
    expect([uid, resolverAddress, revocable, schema]).toEqual([
      connectionSchema,
      connectionResolver,
      true,
      'bytes32 network',
    ])
  })

  test('connects two accounts, one way, and disconnects them', async () => {
    const [granter, writer] = [chain.addressOf(1), chain.addressOf(2)]
    const uid = await eas.attest(chain.keyOf(1), { writer })

    expect(await isConnected(granter, writer)).toBe(true)
    expect(await isConnected(writer, granter)).toBe(false)
    const connection = await chain.client.readContract({
      ...resolver(),
      functionName: 'connectionOf',
      args: [granter, writer],
    })
    expect(connection).toEqual({ uid, since: (await eas.readAttestation(uid)).time, expiresAt: 0n })

    await eas.revoke(chain.keyOf(1), uid)
    expect(await isConnected(granter, writer)).toBe(false)
    const follow = async (eventName: 'Connected' | 'Disconnected') =>
      (await chain.client.getContractEvents({ ...resolver(), eventName, fromBlock: 0n })).map(({ args }) => args)
    expect(await follow('Connected')).toEqual([{ granter, writer, uid, expiresAt: 0n }])
    expect(await follow('Disconnected')).toEqual([{ granter, writer, uid }])
  })

  test('connects many at once, and for a while', async () => {
    const writers = [3, 4].map((i) => chain.addressOf(i))
    const { timestamp } = await chain.client.getBlock()
    const expiresAt = timestamp + 1_000n
    await eas.attestMany(
      chain.keyOf(1),
      writers.map((writer) => ({ writer, expiresAt })),
    )
    for (const writer of writers) expect(await isConnected(chain.addressOf(1), writer)).toBe(true)
    await chain.pass(1_000)
    for (const writer of writers) expect(await isConnected(chain.addressOf(1), writer)).toBe(false)
  })

  test("connects by the granter's signature, which somebody else sends", async () => {
    const writer = chain.addressOf(6)
    await eas.attestSigned(chain.keyOf(5), { writer }, chain.keyOf(7))
    expect(await isConnected(chain.addressOf(5), writer)).toBe(true)
    expect(await isConnected(chain.addressOf(7), writer)).toBe(false)
  })

  test('is refused for another network', async () => {
    const grant = { writer: chain.addressOf(8), network: 'another' }
    await expect(eas.attest(chain.keyOf(1), grant)).rejects.toMatchObject({ code: 'CALL_EXCEPTION' })
    expect(await isConnected(chain.addressOf(1), grant.writer)).toBe(false)
  })

  test('is used by a second deployment that finds it there', async () => {
    const { eas: service, schemaRegistry } = chain.deployment
    const folder = await mkdtemp(join(tmpdir(), 'pennypost-eas-'))
    const options = { rpcUrl: chain.rpcUrl, privateKey: chain.keyOf(0), folder }
    const second = await deployPennypost({ ...options, parameters: { eas: service } })
    expect([second.eas, second.schemaRegistry]).toEqual([service, schemaRegistry])
    expect(second.connectionSchema).not.toBe(chain.deployment.connectionSchema)
    expect(await deployPennypost({ ...options, parameters: { eas: service } })).toEqual(second)
    await rm(folder, { recursive: true })
  })
})
