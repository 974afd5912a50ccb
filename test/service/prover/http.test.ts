import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '../../../sdk/codec/index.ts'
import { addressToBytes, classIdOf, fromHex, leafOf } from '../../../sdk/crypto/index.ts'
import { noteTreeAbi } from '../../../sdk/generated/abis.ts'
import { createProverClient } from '../../../sdk/transport/index.ts'
import { issuersOf } from '../../../sdk/verifier/index.ts'
import { startProver } from '../../../service/prover/index.ts'
import { mistype } from '../../helpers/accounts.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { configOf, makeDataDir, startTestProver } from '../../helpers/prover.ts'

/** For a busy machine. */
const patience = { timeout: 90_000 }

describe("a prover's HTTP interface", () => {
  let chain: TestChain
  let prover: Awaited<ReturnType<typeof startTestProver>>

  beforeAll(async () => {
    chain = await startTestChain()
    prover = await startTestProver(chain)
  })

  afterAll(async () => {
    await prover?.close()
    await chain?.close()
  })

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, prover.url), { headers })
    return {
      response,
      json: await response
        .clone()
        .json()
        .catch(() => undefined),
    }
  }

  test('a zeroed leaf is 0 in snapshots and an operation of its own', async () => {
    const owner = await chain.ownerOf(chain.tree)
    const contract = { address: chain.tree, abi: noteTreeAbi, chain: owner.chain } as const
    const send = async (hash: Promise<`0x${string}`>) =>
      await chain.publicClient.waitForTransactionReceipt({ hash: await hash })
    await send(owner.writeContract({ ...contract, functionName: 'addInserter', args: [owner.account.address, 2] }))
    for (const commitment of [5n, 6n]) {
      const args = [commitment, 1n, 10n, 2_000_000_000n] as const
      await send(owner.writeContract({ ...contract, functionName: 'append', args }))
    }
    const classId = classIdOf({
      kind: 'stake',
      chainId: 31_337n,
      contract: addressToBytes(owner.account.address),
      number: 1n,
    })
    const [early, late] = [await prover.follow(), await prover.follow()]
    await early.waitFor(1n)
    const leaf = leafOf({ commitment: 5n, classId, limit: 10n, expiry: 2_000_000_000n })
    expect(await early.find([leaf])).toEqual([0])
    await send(owner.writeContract({ ...contract, functionName: 'zero', args: [0n] }))

    await early.waitFor(2n)
    await late.update()
    for (const tree of [early, late]) expect(await tree.find([leaf])).toEqual([undefined])
    expect(late.checkpoint).toEqual(early.checkpoint)
    expect((await prover.client.operations({ from: 2 })).operations).toEqual([{ kind: 'zero', leafIndex: 0 }])
    expect((await prover.client.leaves(2n, { tree: 0 })).leaves[0]).toBe(leaf)
    expect((await prover.client.leaves(3n, { tree: 0 })).leaves[0]).toBe(0n)
  })

  test('leaves come as bytes to those who ask, and may be cached where they cannot change', async () => {
    const { response } = await get('/v1/leaves?operations=3', { accept: 'application/octet-stream' })
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('pennypost-operations')).toBe('3')
    expect(response.headers.get('pennypost-size')).toBe('2')
    expect(response.headers.get('cache-control')).toContain('max-age')
    const bytes = Buffer.from(await response.arrayBuffer())
    const { response: latest, json } = await get('/v1/leaves')
    expect(json).toEqual({
      operations: '3',
      tree: 0,
      capacity: 2 ** 20,
      size: 2,
      from: 0,
      leaves: bytes.toString('base64'),
    })
    expect(latest.headers.get('cache-control')).toBe('no-cache')
  })

  test.each([
    '/v1/checkpoints?after=-1',
    '/v1/checkpoints?after=x',
    '/v1/checkpoints?after=1e3',
    '/v1/checkpoints?after=99999999999999999999',
    '/v1/checkpoints?limit=1.5',
    '/v1/checkpoints?after=1&after=2',
    '/v1/leaves?from=0x10',
    '/v1/leaves?limit=',
    '/v1/leaves?operations=%00',
    "/v1/operations?after=1';drop table operations",
    '/v1/operations?limit=NaN',
    '/%ff',
  ])('%s is refused with a code', async (path) => {
    const { response, json } = await get(path)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect([response.status, json.status, json.code]).toEqual([400, 400, 'request.invalid'])
  })

  test('an account is asked for in one case, or with the right checksum', async () => {
    const account = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
    const one = `0x${account.slice(2).toUpperCase()}`
    expect((await get(`/v1/connections?account=${one}`)).response.status).toBe(200)
    const { response, json } = await get(`/v1/connections?account=${mistype(account)}`)
    expect([response.status, json.code]).toEqual([400, 'address.malformed'])
    expect(json.detail).toContain(mistype(account))
  })

  test.each([
    ['/v1/leaves?operations=1000', 404, 'operations.not-signed'],
    ['/v1/nothing', 404, 'path.unknown'],
    ['/v1/leaves?from=999999999999999', 200, undefined],
    ['/v1/checkpoints?after=999999999999999&limit=999999999999999', 200, undefined],
    ['/v1/operations?after=999999999999999&limit=0', 200, undefined],
  ])('%s answers %i', async (path, status, code) => {
    const { response, json } = await get(path)
    expect(response.status).toBe(status)
    expect(json.code).toBe(code)
  })

  test('says what it is and how it is', async () => {
    const { json: info } = await get('/v1/info')
    expect(info).toMatchObject({ network: 'pennypost-local', chainId: 31_337, signer: prover.signer, nodes: [] })
    const { issuers } = decodeCheckpoint((await prover.client.latestCheckpoint())!.checkpoint)
    expect(issuers).toMatchObject([{ url: prover.url, x: fromHex(info.issuer.x), y: fromHex(info.issuer.y) }])
    expect(issuersOf({ issuers })).toEqual(issuers)
    const { response, json: health } = await get('/healthz')
    expect(response.status).toBe(200)
    expect(health).toMatchObject({ status: 'ok', operations: '3', checkpoint: { operations: '3' } })
    expect(health.head).toBe(health.block)
  })

  test('counts for Prometheus', async () => {
    const metrics = await (await fetch(`${prover.metricsUrl}/metrics`)).text()
    expect(metrics).toMatch(/^pennypost_operations_read_total 3$/m)
    expect(metrics).toMatch(/^pennypost_request_seconds_count\{route="\/v1\/leaves"\} \d+$/m)
  })

  test('lets browsers of any origin ask', async () => {
    const { response } = await get('/v1/checkpoints', { origin: 'https://app.example' })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('holds callers to a rate where limits are on, and goes on saying how it is', async () => {
    const limited = await startTestProver(chain, { rateLimits: 'on' })
    try {
      const ask = async () => (await fetch(`${limited.url}/v1/info`)).status
      const statuses = await Promise.all(Array.from({ length: 700 }, ask))
      expect(statuses.filter((status) => status === 200)).toHaveLength(600)
      expect(statuses.filter((status) => status === 429)).toHaveLength(100)
      const refused = await (await fetch(`${limited.url}/v1/info`)).json()
      expect(refused).toMatchObject({ status: 429, code: 'rate.limited' })
      expect((await fetch(`${limited.url}/healthz`)).status).toBe(200)
    } finally {
      await limited.close()
    }
  })

  test('starts again where it was, with the same key, and serves while the chain is down', async () => {
    const { dataDir, remove } = await makeDataDir()
    const publicUrl = 'http://prover.test' // in the checkpoints; ports here change
    const first = await startTestProver(chain, { dataDir, publicUrl })
    const before = await (await first.follow()).waitFor(2n)
    await first.close()
    const second = await startTestProver(chain, { dataDir, publicUrl, rpcUrl: 'http://127.0.0.1:1' })
    expect(second.signer).toBe(first.signer)
    expect(await (await second.follow()).update()).toEqual(before)
    const health = async () => (await fetch(`${second.url}/healthz`)).json()
    const fault = { code: 'chain.unavailable' }
    await expect.poll(health, patience).toMatchObject({ status: 'faulty', fault, operations: '3' })
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${second.url}/readyz`)
    expect([ready.status, (await ready.json()).missing]).toEqual([503, [fault.code]])

    await expect(startProver(configOf(chain, { dataDir }))).rejects.toMatchObject({ code: 'database.busy' })
    await second.close()
    await rm(join(dataDir, 'checkpoint.bin')) // what it signed, or that it signed nothing
    const forgetful = startProver(configOf(chain, { dataDir }))
    await expect(forgetful).rejects.toMatchObject({ code: 'signer.forgot' })
    const third = await startTestProver(chain, { dataDir, publicUrl, isNewNetwork: 'on' })
    expect(await (await third.follow()).update()).toEqual(before)
    await third.close()
    const other = configOf(chain, { dataDir, network: 'another' })
    await expect(startProver(other)).rejects.toMatchObject({ code: 'deployment.mismatch' })
    await expect(startProver(configOf(chain, { signerKey: '0x12' }))).rejects.toMatchObject({
      code: 'signer.key-malformed',
    })
    await expect(startProver(configOf(chain, { issuerKey: '0x12' }))).rejects.toMatchObject({
      code: 'issuer.key-malformed',
    })
    await remove()
  })

  test('a client says that the prover is down, and ends when told to', async () => {
    const client = createProverClient({ url: 'http://127.0.0.1:1' })
    await expect(client.latestCheckpoint()).rejects.toMatchObject({ code: 'prover.unavailable' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(prover.client.operations({ signal })).rejects.toThrow('enough')
    await expect(prover.client.leaves(1_000n, { tree: 0 })).rejects.toMatchObject({
      code: 'prover.refused',
      reason: 'operations.not-signed',
    })
  })
})
