import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hashTypedData, recoverTypedDataAddress } from 'viem'
import { privateKeyToAccount, privateKeyToAddress } from 'viem/accounts'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  classIdOf,
  commitmentOf,
  credentialOf,
  FIELD_ORDER,
  networkIdOf,
  toBytes32,
} from '../../../sdk/crypto/index.ts'
import { askIssuer, type FactProgress, factSecretOf, factTypedData } from '../../../sdk/facts/index.ts'
import { type FactCondition, factClassOf, parseRule } from '../../../sdk/policy/index.ts'
import type { Fetch } from '../../../sdk/transport/index.ts'
import { factClass, factExpiryOf } from '../../../sdk/verifier/index.ts'
import { makeIssuer } from '../../helpers/credentials.ts'

const fact = parseRule('age eip155:1 >= 90 days') as FactCondition
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const signer = makeIssuer(77n)
const issuer = signer.key
const about = { subject: account.address, fact, epoch: 2_900, secretHash: 5n, personHash: 6n }
const request = { networkId: networkIdOf('a'), issuer, ...about }

let server: Server | undefined
afterEach(() => {
  vi.useRealTimers()
  server?.close()
})

type Answer = { status?: number; body: object }

/** An issuer that gives one answer after the other, and the last one for ever; what it was asked. */
async function answering(...answers: Answer[]) {
  const asked: { path: string; body: string }[] = []
  server = createServer(async (message, response) => {
    const parts = await message.toArray()
    asked.push({ path: message.url ?? '', body: Buffer.concat(parts).toString() })
    const { status = 200, body } = answers[Math.min(asked.length, answers.length) - 1] ?? { body: {} }
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask = async (more: { signal?: AbortSignal; onProgress?: (progress: FactProgress) => void } = {}) =>
    askIssuer({
      ...request,
      url,
      signature: await account.signTypedData(factTypedData(request)),
      ...more,
    })
  return { ask, asked }
}

const terms = {
  classId: classIdOf(factClassOf(fact)),
  limit: BigInt(factClass.limit),
  expiry: BigInt(factExpiryOf(request.epoch)),
}
const sign = (note: Partial<Parameters<typeof credentialOf>[0]> = {}) =>
  signer.sign(credentialOf({ commitment: commitmentOf(request.secretHash, request.personHash), ...terms, ...note }))
const asText = (values: object) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
const name = 'ab'.repeat(32)
const credential = asText({ ...terms, ...sign() })
const issued = (changed: object = {}) => ({
  body: { id: 'a', status: 'issued', credential: { ...credential, ...changed } },
})

describe('asking an issuer', () => {
  test('sends what the account has signed, and gives back the signature over the note', async () => {
    const { ask, asked } = await answering(issued())
    expect(await ask()).toEqual(sign())
    const body = JSON.parse(asked[0]!.body)
    expect(body).toMatchObject({ condition: 'age eip155:1 >= 90 days', subject: account.address, epoch: 2_900 })
    const signer = await recoverTypedDataAddress({ ...factTypedData(request), signature: body.signature })
    expect(signer).toBe(account.address)
  })

  test('waits while the issuer looks, and tells how far it is', async () => {
    const told: FactProgress[] = []
    const { ask, asked } = await answering(
      { status: 202, body: { id: name, status: 'waiting', progress: { done: 1, of: 4 } } },
      issued(),
    )
    await ask({ onProgress: (progress) => told.push(progress) })
    expect([told, asked.map(({ path }) => path)]).toEqual([[{ done: 1, of: 4 }], ['/v1/facts', `/v1/facts/${name}`]])
  })

  test('asks anew where the issuer has started anew, with the same request', async () => {
    const { ask, asked } = await answering(
      { status: 202, body: { id: name, status: 'waiting' } },
      { status: 404, body: { code: 'fact.unknown', detail: 'forgotten' } },
      { status: 202, body: { id: name, status: 'waiting' } },
      issued(),
    )
    expect(await ask()).toEqual(sign())
    const paths = ['/v1/facts', `/v1/facts/${name}`, '/v1/facts', `/v1/facts/${name}`]
    expect(asked.map(({ path }) => path)).toEqual(paths)
    expect(asked[2]!.body).toBe(asked[0]!.body)
  })

  test('waits for an hour where the issuer comes further', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    let [done, isOver] = [0, false]
    const fetch: Fetch = async () => {
      const progress = { done: Math.floor(done++ / 500), of: 1e6 }
      return Response.json({ id: name, status: 'waiting', progress }, { status: 202 })
    }
    const asking = { ...request, subject: account.address, signature: '0x', fetch, url: 'http://issuer' } as const
    const waiting = askIssuer(asking).catch((error) => {
      isOver = true
      return error
    })
    await vi.advanceTimersByTimeAsync(3_590_000)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await waiting).toMatchObject({ code: 'prover.unavailable' })
  })

  test('ends with its signal, however long the issuer has it wait', async () => {
    const { ask } = await answering({ status: 202, body: { id: name, status: 'waiting' } })
    await expect(ask({ signal: AbortSignal.timeout(50) })).rejects.toThrow()
  })

  test('takes an issuer for down that has it wait for ten minutes, or is nowhere', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const asked: string[] = []
    const fetch: Fetch = async (url) => {
      asked.push(url)
      return Response.json({ id: name, status: 'waiting', progress: { done: 1, of: 4 } }, { status: 202 })
    }
    const asking = { ...request, subject: account.address, signature: '0x', fetch } as const
    const waiting = askIssuer({ ...asking, url: 'http://issuer' }).catch((error) => error)
    await vi.advanceTimersByTimeAsync(590_000)
    expect(asked.length).toBeGreaterThan(500)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await waiting).toMatchObject({ code: 'prover.unavailable' })
    await expect(askIssuer({ ...asking, url: 'issuer' })).rejects.toMatchObject({ code: 'prover.unavailable' })
  })

  test('says the same whatever decimals a policy is written in, which would tell whose policy it is', async () => {
    const token = `eip155:1/erc20:0x${'ab'.repeat(20)}`
    const bodies: unknown[] = []
    const fetch: Fetch = async (_, { body }) => {
      bodies.push(JSON.parse(String(body)))
      return Response.json({})
    }
    for (const text of [`holds ${token} >= 5 decimals 2 by 2 issuers`, `holds ${token} >= 0.0005 decimals 6`]) {
      const asking = { ...request, fact: parseRule(text) as FactCondition, url: 'http://issuer', fetch } as const
      await askIssuer({ ...asking, subject: account.address, signature: '0x' }).catch(() => undefined)
    }
    expect(bodies[0]).toMatchObject({ condition: `holds ${token} >= 500 decimals 0` })
    expect(bodies[1]).toEqual(bodies[0])
  })

  test.each<[string, Answer, string]>([
    ['a note of another class', issued({ classId: '1' }), 'prover.response'],
    ['a limit of its own, by which it would know the account again', issued({ limit: '63' }), 'prover.response'],
    ['an expiry of its own', issued({ expiry: String(factExpiryOf(request.epoch) + 1) }), 'prover.response'],
    ['a number outside the field', issued({ s: String(FIELD_ORDER) }), 'prover.response'],
    ['a number that is none', issued({ s: '0x3' }), 'prover.response'],
    ['a signature that it has not made', issued({ s: '3' }), 'prover.response'],
    ["a signature over somebody else's note", issued(asText(sign({ commitment: 5n }))), 'prover.response'],
    ['no signature', { body: { id: 'a', status: 'issued' } }, 'prover.response'],
    ['a wait without a name', { body: { status: 'waiting' } }, 'prover.response'],
    ['a wait by a name that no URL can hold', { body: { status: 'waiting', id: '\ud800' } }, 'prover.response'],
    ['a wait by the name of another path', { body: { status: 'waiting', id: '../../v1/info' } }, 'prover.response'],
    ['something else', { body: { status: 'fine' } }, 'prover.response'],
    [
      'a refusal',
      { status: 403, body: { status: 403, code: 'fact.not-so', detail: 'It is not so.' } },
      'prover.refused',
    ],
    ['too busy', { status: 429, body: { status: 429, code: 'rate.limited', detail: 'Wait.' } }, 'prover.unavailable'],
  ])('refuses %s', async (_, answer, code) => {
    const { ask } = await answering(answer)
    await expect(ask()).rejects.toMatchObject({ code })
  })
})

const others = {
  networkId: networkIdOf('b'),
  issuer: { x: toBytes32(7n), y: toBytes32(9n) },
  fact: parseRule('age eip155:1 >= 91 days') as FactCondition,
  epoch: 2_901,
}

test('what was signed names the account: a wallet that believes its key has signed nothing', () => {
  const wallet = { ...request, subject: privateKeyToAddress(`0x${'12'.repeat(32)}`) }
  expect(hashTypedData(factTypedData(wallet))).not.toBe(hashTypedData(factTypedData(request)))
})

describe.each(Object.entries(others))('with another %s', (name, value) => {
  test('what was signed is not what is asked for', () => {
    expect(hashTypedData(factTypedData({ ...request, [name]: value }))).not.toBe(hashTypedData(factTypedData(request)))
  })

  test('the secret has nothing to do with the other one', () => {
    const key = new Uint8Array(32).fill(9)
    expect(factSecretOf(key, { ...request, [name]: value })).not.toBe(factSecretOf(key, request))
    expect(factSecretOf(key, request)).toBe(factSecretOf(key, { ...request, fact: { ...fact, issuers: 2 } }))
  })
})
