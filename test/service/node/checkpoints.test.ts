import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Checkpoint, decodeSignedCheckpoint, encodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressToBytes, fromBase64, toBase64 } from '../../../sdk/crypto/index.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { createAnswers } from '../../../service/node/answers.ts'
import { followCheckpoints } from '../../../service/node/checkpoints.ts'
import { buildNode } from '../../../service/node/index.ts'
import { logCheckpoints } from '../../../service/node/tell-checkpoints.ts'
import { walletOf } from '../../helpers/accounts.ts'
import {
  checkpointOf,
  followed,
  makeNode,
  networkId,
  proverFetch,
  signCheckpoint,
  signer,
  type TestNode,
  tagBytes,
  trustOf,
} from '../../helpers/node.ts'
import { checkpointAfter } from '../../helpers/world.ts'

let node: TestNode | undefined
afterEach(async () => {
  await node?.close()
  node = undefined
})

const settings = { ...followed, provers: ['http://a.test', 'http://b.test/'], signers: [signer.address] }
const follow = async (fetch: typeof globalThis.fetch, config = {}) => {
  node = await makeNode({ ...settings, ...config }, { fetch })
  await node.checkpoints.poll()
  return node
}
const health = async () => (await node!.app.inject({ method: 'GET', url: '/healthz' })).json()
const first = checkpointOf()
const second = checkpointAfter(first, [88n])
const third = checkpointAfter(second, [99n])

describe('following provers', () => {
  test('applies checkpoints in order, asks for what is new, and remembers superseded roots', async () => {
    const urls: string[] = []
    const list = await Promise.all([first, second, third].map((one) => signCheckpoint(one)))
    await follow(async (url, init) => {
      urls.push(String(url))
      return proverFetch(urls.length === 1 ? list : [])(url, init)
    })
    const view = node!.deps.checkpoint()
    expect(view?.latest.sequence).toBe(3n)
    expect([...(view?.superseded.keys() ?? [])]).toEqual([77n, 88n])
    expect(urls.slice(0, 2)).toEqual([
      'http://a.test/v1/checkpoints?after=0&limit=100',
      'http://b.test/v1/checkpoints?after=3&limit=100',
    ])
    expect(await health()).toMatchObject({ checkpoint: { sequence: '3' }, provers: [{ ok: true }, { ok: true }] })
  })

  test('serves what it follows, after any number', async () => {
    const list = await Promise.all([first, second, third].map((one) => signCheckpoint(one)))
    await follow(proverFetch(list))
    const served = async (after: string) => {
      const answer = await node!.app.inject({ method: 'GET', url: `/v1/checkpoints${after}` })
      return answer.statusCode === 200 ? answer.json().checkpoints : answer.statusCode
    }
    const [, two, three] = list
    expect(await served('')).toEqual(list)
    expect(await served('?after=1')).toEqual([two, three])
    for (const much of [3n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n])
      expect(await served(`?after=${much}`)).toEqual([])
    for (const wrong of ['-1', 'x', String(2n ** 64n)]) {
      expect(await served(`?after=${wrong}`)).toBe(400)
    }
  })

  test('serves no more of them than a caller may have read in a minute', async () => {
    const { context } = await follow(proverFetch([await signCheckpoint(first)]))
    const answers = createAnswers({ perMinute: 1, clock: () => 0 })
    const app = await buildNode({ ...context, answers }, { logLevel: 'silent', trustProxy: 'off', rateLimits: 'on' })
    const ask = async (remoteAddress: string) =>
      (await app.inject({ url: '/v1/checkpoints', remoteAddress })).statusCode
    expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.2')]).toEqual([200, 429, 200])
    await app.close()
  })

  test('keeps them: a node that starts while the prover is down knows the roots, if their signers still count', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-checkpoints-'))
    const list = [await signCheckpoint(first), await signCheckpoint(second)]
    await (await follow(proverFetch(list), { dataDir })).close()
    const down = () => Promise.reject(new Error('down'))
    const again = await follow(down, { dataDir })
    expect([...(again.deps.checkpoint()?.superseded.keys() ?? [])]).toEqual([77n])
    await again.close()
    const others = await follow(down, { dataDir, signers: [walletOf(0x01).address] })
    expect(others.deps.checkpoint()).toBeUndefined()
    await others.close()
    node = undefined
    await rm(dataDir, { recursive: true })
  })

  test('what does not follow is not followed whoever has signed it, also after a restart, and what does is', async () => {
    const lies: readonly Partial<Checkpoint>[] = [
      { sequence: 4n },
      { sequence: 2n ** 64n - 1n },
      { previous: tagBytes(9) },
      { operations: 5n },
      { operations: 2n },
      { issuedAt: BigInt(Math.floor(Date.now() / 1000) + 31_536_000) },
      { chainId: 1n },
      { noteTree: new Uint8Array(20).fill(9) },
      { registry: new Uint8Array(20).fill(9) },
    ]
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-lie-'))
    const before = [await signCheckpoint(first), await signCheckpoint(second)]
    let told: readonly string[] = before
    const meet = async () => {
      for (const lie of lies) {
        told = [...before, await signCheckpoint({ ...third, ...lie })]
        await node!.checkpoints.poll()
        expect(checkpointDigest(node!.deps.checkpoint()!.latest)).toEqual(checkpointDigest(second))
        expect((await health()).provers[0].error).toMatch(/^checkpoint\.(invalid|malformed)/)
      }
    }
    for (let i = 0; i < 2; i++) {
      await follow((url, init) => proverFetch(told)(url, init), { dataDir })
      await meet()
      if (i === 0) await node!.close()
    }
    told = [...before, await signCheckpoint(third)]
    await node!.checkpoints.poll()
    expect(node!.deps.checkpoint()?.latest.sequence).toBe(3n)
    await node!.close()
    node = undefined
    await rm(dataDir, { recursive: true })
  })

  test.each<[string, () => Promise<string>, RegExp]>([
    ['another signer', () => signCheckpoint(checkpointOf(), walletOf(0x01)), /checkpoint\.invalid/],
    [
      'another network',
      () => signCheckpoint(checkpointOf({ networkId: networkId.map((byte) => byte ^ 1) })),
      /checkpoint\.invalid/,
    ],
    ['noise', async () => 'AAAA', /malformed/],
    ['no base64', async () => '@@', /bytes\.malformed/],
  ])('a checkpoint of %s stops nothing and counts for nothing', async (_, make, reason) => {
    await follow(proverFetch([await make()]))
    expect(node!.deps.checkpoint()).toBeUndefined()
    const { status, provers } = await health()
    expect([status, provers[0].ok]).toEqual(['ok', false])
    expect(provers[0].error).toMatch(reason)
  })

  test.each<[string, () => Promise<Response>]>([
    ['fails', () => Promise.reject(new Error('refused'))],
    ['answers 500', async () => new Response('no', { status: 500 })],
    ['answers a page', async () => new Response('<html>')],
    ['answers too much', async () => new Response(`{"checkpoints":["${'A'.repeat(9_000_000)}"]}`)],
  ])('a prover that %s is reported, and the next one asked', async (_, answer) => {
    const good = proverFetch([await signCheckpoint(checkpointOf())])
    await follow((url, init) => (String(url).startsWith('http://a.test') ? answer() : good(url, init)))
    expect(node!.deps.checkpoint()?.latest.sequence).toBe(1n)
    expect((await health()).provers.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, true])
  })

  test('one that is invalid is in the log, in the metrics and in the health, and so is who serves it', async () => {
    const told: string[] = []
    const log = (level: string) => (_: unknown, text?: string) => void told.push(`${level}: ${text}`)
    let served = [await signCheckpoint(first)]
    const fetch: typeof globalThis.fetch = (url, init) => {
      if (String(url).startsWith('http://b.test')) return Promise.reject(new Error('down'))
      return proverFetch(served)(url, init)
    }
    node = await makeNode(settings, { fetch })
    logCheckpoints(node.checkpoints, { info: log('info'), warn: log('warn'), error: log('error') })
    await node.checkpoints.poll()
    served = [...served, await signCheckpoint(second, walletOf(0x01))]
    for (let i = 0; i < 3; i++) await node.checkpoints.poll()
    served = [...served.slice(0, 1), await signCheckpoint(second)]
    await node.checkpoints.poll()
    expect(told).toEqual([
      'info: Following a prover.',
      'warn: A prover cannot be followed: down',
      expect.stringMatching(/^error: A prover serves a checkpoint that may not be followed: checkpoint.invalid/),
      'info: Following a prover.',
    ])
    const metrics = (await node.app.inject({ method: 'GET', url: '/metrics' })).payload
    expect(metrics).toContain('pennypost_invalid_checkpoints_total{prover="http://a.test"} 3')
    expect(metrics).toContain('pennypost_prover_followed{prover="http://a.test"} 1')
    expect(metrics).toContain('pennypost_prover_followed{prover="http://b.test/"} 0')
    expect(node.deps.checkpoint()?.latest.sequence).toBe(2n)
  })

  test('one that is older, or the same, changes nothing', async () => {
    const [one, two] = [await signCheckpoint(first), await signCheckpoint(second)]
    await follow(proverFetch([one, two, one, two]))
    expect(node!.deps.checkpoint()?.latest.sequence).toBe(2n)
    expect((await health()).provers[0].ok).toBe(true)
  })

  test('signers who name the next ones are followed by them, and by nobody else; after a restart too', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-rotation-'))
    const [next, last] = [walletOf(0x01), walletOf(0x02)]
    const naming = (...who: (typeof next)[]) => ({
      signers: who.map(({ address }) => addressToBytes(address)),
      threshold: who.length,
    })
    const one = checkpointOf(naming(next))
    const two = checkpointAfter(one, [88n], naming(next, last))
    await follow(proverFetch([await signCheckpoint(one), await signCheckpoint(two, next)]), { dataDir })
    expect(node!.deps.checkpoint()?.latest.sequence).toBe(2n)
    await node!.close()

    const third = checkpointAfter(two, [99n])
    const both = decodeSignedCheckpoint(fromBase64(await signCheckpoint(third, next)))
    const [signature] = decodeSignedCheckpoint(fromBase64(await signCheckpoint(third, last))).signatures
    const signed = toBase64(encodeSignedCheckpoint({ ...both, signatures: [...both.signatures, signature!] }))
    for (const bad of [await signCheckpoint(third), await signCheckpoint(third, next)]) {
      await follow(proverFetch([bad]), { dataDir })
      expect(node!.deps.checkpoint()?.latest.sequence).toBe(2n)
      expect((await health()).provers[0].error).toMatch(/checkpoint\.invalid/)
      await node!.close()
    }
    await follow(proverFetch([signed]), { dataDir })
    expect(node!.deps.checkpoint()?.latest.sequence).toBe(3n)
    await node!.close()
    node = undefined
    await rm(dataDir, { recursive: true })
  })

  /** Checkpoints that are followed every 20 ms, by a fetch of the test. */
  const followOften = (fetch: typeof globalThis.fetch) =>
    followCheckpoints({
      store: { checkpoints: async () => [], checkpoint: async () => undefined, addCheckpoint: async () => undefined },
      trust: trustOf([signer.address]),
      provers: ['http://a.test'],
      seconds: 0.02,
      clock: () => 1,
      fetch,
    })

  test('asks a slow prover once at a time, and closing ends the question', { timeout: 2_000 }, async () => {
    let asked = 0
    const never = (signal: AbortSignal) =>
      new Promise<Response>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const checkpoints = await followOften(async (_, init) => {
      asked++
      return never(init?.signal as AbortSignal)
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await checkpoints.close()
    expect(asked).toBe(1)
  })

  test('reads no more of an endless answer than it may', async () => {
    let sent = 0
    const pull = (controller: ReadableStreamDefaultController) => {
      sent += 1_000_000
      if (sent > 50_000_000) controller.close()
      else controller.enqueue(new Uint8Array(1_000_000).fill(0x20))
    }
    await follow(async () => new Response(new ReadableStream({ pull })), { provers: ['http://a.test'] })
    expect(sent).toBeLessThan(25_000_000) // of 50,000,000 each time; asked twice
    expect((await health()).provers[0].error).toMatch(/too large/)
  })

  test('asks for as many signers as the threshold says', async () => {
    const config = { signers: [signer.address, walletOf(0x01).address], threshold: 2 }
    await follow(proverFetch([await signCheckpoint(checkpointOf())]), config)
    expect(node!.deps.checkpoint()).toBeUndefined()
  })
})
