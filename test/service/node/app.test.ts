import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { NodeConfig, NodeEdges } from '../../../service/node/index.ts'
import {
  checkpointOf,
  followed,
  makeNode,
  proverFetch,
  signCheckpoint,
  signer,
  type TestNode,
} from '../../helpers/node.ts'

let [root, folder] = ['', '']
let node: TestNode | undefined
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pennypost-app-'))
  folder = join(root, 'app')
  await mkdir(join(folder, 'assets'), { recursive: true })
  for (const name of ['index.html', 'assets/index-1.js', 'assets/prove-worker-1.js'])
    await writeFile(join(folder, name), name)
  await writeFile(join(root, 'beside.txt'), 'no part of the app')
})
afterAll(() => rm(root, { recursive: true, force: true }))
afterEach(async () => {
  await node?.close()
  node = undefined
})

async function serve(config: Partial<NodeConfig> = {}, edges: NodeEdges = {}) {
  node = await makeNode(config, { ...edges, app: { folder, ...edges.app } })
  const { app } = node
  return async (url: string) => {
    const { statusCode: status, headers, payload } = await app.inject({ method: 'GET', url })
    return { status, headers, payload }
  }
}

const directive = (policy: unknown, name: string) =>
  String(policy)
    .split('; ')
    .find((one) => one.startsWith(`${name} `))

test('serves what is there, and nothing that is beside it', async () => {
  const get = await serve()
  expect(await get('/app/')).toMatchObject({ status: 200, payload: 'index.html' })
  expect(await get('/app')).toMatchObject({ status: 302, headers: { location: 'app/' } })
  for (const path of ['/app/other.js', '/app/../beside.txt', '/app/..%2fbeside.txt', '/app/assets/']) {
    expect((await get(path)).status, path).toBe(404)
  }
})

test('serves what proves from the SDK where the app has none of its own, and nothing else of there', async () => {
  const keys = join(root, 'keys')
  await mkdir(keys, { recursive: true })
  for (const name of ['ticket.zkey', 'ticket.wasm', 'README.md', 'ticket.vkey.json'])
    await writeFile(join(keys, name), name)
  const get = await serve({}, { app: { folder, keys } })
  for (const name of ['ticket.zkey', 'ticket.wasm']) {
    expect(await get(`/app/keys/${name}`)).toMatchObject({ status: 200, payload: name })
    expect((await get(`/app/keys/${name}`)).headers['x-content-type-options']).toBe('nosniff')
  }
  for (const name of ['README.md', 'ticket.vkey.json', 'none.zkey'])
    expect((await get(`/app/keys/${name}`)).status).toBe(404)
  await node?.close()

  const own = join(root, 'own')
  await mkdir(join(own, 'keys'), { recursive: true })
  await writeFile(join(own, 'index.html'), '')
  await writeFile(join(own, 'keys/ticket.zkey'), 'its own')
  const ofOwn = await serve({}, { app: { folder: own, keys } })
  expect(await ofOwn('/app/keys/ticket.zkey')).toMatchObject({ status: 200, payload: 'its own' })
})

test('allows nothing inline, and no other host', async () => {
  const get = await serve()
  const { headers } = await get('/app/')
  const policy = String(headers['content-security-policy'])
  expect(policy).not.toContain('unsafe-inline')
  expect(policy).not.toContain("'unsafe-eval'")
  expect(directive(policy, 'default-src')).toBe("default-src 'none'")
  expect(directive(policy, 'script-src')).toBe("script-src 'self' 'wasm-unsafe-eval'")
  expect(directive(policy, 'style-src')).toBe("style-src 'self'")
  expect(directive(policy, 'worker-src')).toBe("worker-src 'self'")
  expect(directive(policy, 'connect-src')).toBe("connect-src 'self'")
  expect(directive(policy, 'frame-ancestors')).toBe("frame-ancestors 'none'")
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
})

test('lets what proves start its threads, and ask nobody', async () => {
  const get = await serve()
  const { headers } = await get('/app/assets/prove-worker-1.js')
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
  )
})

test('is asked for anew, but for modules whose name says what is in them', async () => {
  const get = await serve()
  expect((await get('/app/')).headers['cache-control']).toBe('no-cache')
  expect((await get('/app/assets/index-1.js')).headers['cache-control']).toContain('immutable')
})

test('may ask the provers, and the nodes that the signed terms name', async () => {
  const checkpoint = checkpointOf({ nodes: [{ url: 'https://other.test/node', key: new Uint8Array(32).fill(1) }] })
  const config = { ...followed, provers: ['http://a.test/prover'], signers: [signer.address] }
  const fetch = proverFetch([await signCheckpoint(checkpoint)])
  const get = await serve(config, { fetch, clock: () => Number(checkpoint.issuedAt) + 1 })
  const { headers } = await get('/app/')
  expect(directive(headers['content-security-policy'], 'connect-src')).toBe(
    "connect-src 'self' http://a.test https://other.test",
  )
})

test('is told whose word counts, and the terms where nobody signs them; of accounts to try, nothing', async () => {
  const get = await serve({
    floor: { kind: 'work', bits: 8 },
    requestBits: 9,
    unattendedRule: { kind: 'work', bits: 7 },
  })
  expect(JSON.parse((await get('/app/network.json')).payload)).toEqual({
    provers: [],
    network: {
      name: 'pennypost-local',
      floor: 'work 8',
      defaultRule: 'connection or request or stamp 1',
      decimals: 18,
      requestBits: 9,
      unattendedRule: 'work 7',
    },
  })
})

test('is told of accounts to try by who embeds the node, and may then ask their chain', async () => {
  const account = { name: 'Ann', about: 'has stamps', address: '0x01', key: '0x02' } as const
  const local = () => ({ accounts: [account], chain: { rpcUrl: 'http://chain.test/rpc' } })
  const get = await serve({}, { app: { local } })
  const { headers, payload } = await get('/app/network.json')
  expect(JSON.parse(payload).local).toEqual(local())
  expect(directive(headers['content-security-policy'], 'connect-src')).toBe("connect-src 'self' http://chain.test")
})

test('is told whose signatures count, and leaves the terms to them', async () => {
  const checkpoint = checkpointOf({ floor: 'everyone', defaultRule: 'stamp 1', requestBits: 8, decimals: 18 })
  const config = { ...followed, provers: ['http://a.test'], signers: [signer.address] }
  const fetch = proverFetch([await signCheckpoint(checkpoint)])
  const get = await serve(config, { fetch, clock: () => Number(checkpoint.issuedAt) + 1 })
  await node?.checkpoints.poll()
  expect(JSON.parse((await get('/app/network.json')).payload)).toEqual({
    provers: ['http://a.test'],
    network: {
      name: 'pennypost-local',
      ...followed,
      signers: [signer.address],
      threshold: 1,
      unattendedRule: 'stamp 2',
    },
  })
})

test('can be elsewhere, or nowhere', async () => {
  const elsewhere = await serve({ app: 'https://mail.test/' })
  for (const path of ['/app', '/app/']) {
    expect(await elsewhere(path)).toMatchObject({ status: 302, headers: { location: 'https://mail.test/' } })
  }
  expect((await elsewhere('/app/network.json')).status).toBe(404)
  await node?.close()
  expect((await (await serve({ app: 'off' }))('/app/')).status).toBe(404)
  await node?.close()
  expect((await (await serve({}, { app: { folder: join(folder, 'none') } }))('/app/')).status).toBe(404)
})
