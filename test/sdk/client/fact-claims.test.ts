import { verifyTypedData } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../../sdk/client/session/clock.ts'
import type { SealedStorage } from '../../../sdk/client/session/sealed-storage.ts'
import { createFactClaims, type FactClaimsOptions } from '../../../sdk/client/tickets/fact-claims.ts'
import { decodeClaims } from '../../../sdk/client/tickets/issued-claims.ts'
import { classIdOf, randomBytes, utf8 } from '../../../sdk/crypto/index.ts'
import { type IssuedClaim, shownTypedData } from '../../../sdk/facts/index.ts'
import { factClassOf } from '../../../sdk/policy/index.ts'
import { factClass } from '../../../sdk/verifier/index.ts'
import { ann, certify, claimContent, claimOf, epoch } from '../../helpers/claims.ts'
import { fact, factOf, factView, issuer, rule, secondIssuer, type TestIssuer } from '../../helpers/credentials.ts'
import { coin, holdingOf, holdingView, tokenRule, tokens } from '../../helpers/holdings.ts'
import { decide, topicPolicy } from '../../helpers/lanes.ts'
import { lane, laneUse, networkId, now } from '../../helpers/world.ts'

const classId = classIdOf(factClassOf(fact))
const inOffice = [issuer, secondIssuer].map(({ key }, i) => ({ ...key, url: `http://${i}` }))

function memory(): SealedStorage {
  const saved = new Map<string, Uint8Array>()
  return {
    get: async (kind) => saved.get(kind),
    set: async (kind, value) => {
      saved.set(kind, value)
      return true
    },
  }
}

const nowhere: SealedStorage = { get: async () => undefined, set: async () => false }

/** What an issuer has signed of ann. */
function issued(by: TestIssuer = issuer, form: IssuedClaim['form'] = 'vc', of = fact): IssuedClaim {
  const claiming = { by, form, fact: of }
  const { networkId: _, chainId: __, ...content } = claimContent(claiming)
  const { signature } = claimOf(claiming)
  return {
    ...content,
    form,
    signature,
    certificate: certify(claimContent(claiming), claiming).signature,
    document: 'a.b.c',
  }
}

/** A client of ann, and how often her wallet was asked. */
function client({ sealed = memory(), ...setting }: Partial<FactClaimsOptions> = {}) {
  const asked: object[] = []
  const time = { now }
  const wallet = {
    ...ann,
    signTypedData: async (data: Parameters<typeof ann.signTypedData>[0]) => {
      asked.push(data)
      return ann.signTypedData(data)
    },
  }
  const clock = { seconds: () => time.now } as Clock
  const edges = { wallet, networkId, issuers: () => inOffice, device: undefined, sealed, random: randomBytes, clock }
  return { claims: createFactClaims({ ...edges, ...setting } as FactClaimsOptions), asked, time }
}

const target = { topic: lane.topic, use: laneUse() }

describe('claims by name', () => {
  test('are counted by issuers in office, whatever their form, and are there in the next run', async () => {
    const sealed = memory()
    const { claims, time } = client({ sealed })
    expect(await claims.available()).toEqual([])
    for (const form of ['eas', 'vc'] as const) await claims.keep(issued(issuer, form))
    expect(await claims.available()).toEqual([{ classId, issuers: 1 }])
    await claims.keep(issued(secondIssuer))
    const next = client({ sealed })
    expect(await next.claims.available()).toEqual([{ classId, issuers: 2 }])
    expect(await next.claims.attested()).toEqual(await claims.attested())
    expect(await client({ sealed, issuers: () => inOffice.slice(1) }).claims.available()).toEqual([
      { classId, issuers: 1 },
    ])
    time.now += factClass.epochLength
    expect([await claims.available(), await claims.attested()]).toEqual([[], []])
  })

  test('open a lane, with one word of the wallet for all facts and issuers', async () => {
    const { claims, asked } = client()
    const other = factOf('age eip155:1 >= 91 days')
    for (const claim of [issued(), issued(secondIssuer, 'eas'), issued(issuer, 'eas', other)]) await claims.keep(claim)
    const word = await claims.sign(target)
    const both = [await claims.show({ ...fact, issuers: 2 }, word!), await claims.show(other, word!)]
    const evidence = both.flatMap((shown, condition) => shown!.map((kind) => ({ condition, kind: kind as never })))
    const policy = topicPolicy(`${rule} by 2 issuers and age eip155:1 >= 91 days`)
    const { result } = await decide({ request: { evidence }, policy, context: { checkpoint: factView() } })
    expect([result.ok || result.message, asked.length]).toEqual([true, 1])
    const signed = { ...shownTypedData({ ...target, number: word!.number }), address: ann.address }
    expect(await verifyTypedData({ ...signed, signature: word!.signature as never })).toBe(true)
  })

  test('are proofs of the chain too, which are there in the next run, and open a lane', async () => {
    const sealed = memory()
    const { claims, time } = client({ sealed })
    const { header, accountProof, storageProof, subject } = await holdingOf({ fact: tokens })
    await claims.keepProven({ fact: tokens, epoch, subject, header, accountProof, storageProof })
    const next = client({ sealed }).claims
    expect(await next.proven()).toEqual(await claims.proven())
    expect(await next.available()).toEqual([{ classId: classIdOf(factClassOf(tokens)), issuers: 0, proven: tokenRule }])
    const shown = await next.show(tokens, (await next.sign(target))!)
    const evidence = shown!.map((kind) => ({ condition: 0, kind: kind as never }))
    const { result } = await decide({
      request: { evidence },
      policy: topicPolicy(tokenRule),
      context: { checkpoint: holdingView() },
    })
    expect(result.ok || result.message).toBe(true)
    expect(await next.show(coin, { number: 0, signature: '0x' })).toBeUndefined()
    time.now += factClass.epochLength
    expect([await claims.proven(), await claims.available()]).toEqual([[], []])
  })

  test('are shown of as many issuers as the fact asks for, or not at all', async () => {
    const { claims } = client()
    await claims.keep(issued())
    const word = { number: 0, signature: `0x${'11'.repeat(64)}1b` }
    expect(await claims.show({ ...fact, issuers: 2 }, word)).toBeUndefined()
    expect(await claims.show(factOf('age eip155:1 >= 91 days'), word)).toBeUndefined()
    expect(await claims.show(fact, word)).toHaveLength(1)
  })

  test.each<[string, () => SealedStorage]>([
    ['with a storage', memory],
    ['without one', () => nowhere],
  ])('have 64 uses, none of them twice, however many are asked for at once, %s', async (_, storage) => {
    const { claims } = client({ sealed: storage() })
    await claims.keep(issued())
    const words = await Promise.all(Array.from({ length: 65 }, () => claims.sign(target)))
    const numbers = words.flatMap((word) => (word ? [word.number] : []))
    expect([numbers.length, new Set(numbers).size, Math.max(...numbers)]).toEqual([64, 64, 63])
    expect(await claims.available()).toEqual([])
  })

  test('of two devices have uses of their own, and what a run has used the next does not', async () => {
    const sealed = memory()
    const [first, second] = [0, 1].map((index) =>
      client({ sealed: index ? memory() : sealed, device: { index, count: 2 } }),
    )
    const take = async (one = first!, count = 10) => {
      const numbers: number[] = []
      for (let i = 0; i < count; i++) numbers.push((await one.claims.sign(target))?.number ?? -1)
      return numbers
    }
    const [own, other] = [await take(first), await take(second)]
    expect([own.every((number) => number % 2 === 0), other.every((number) => number % 2 === 1)]).toEqual([true, true])
    const rest = await take(client({ sealed, device: { index: 0, count: 2 } }), 22)
    expect(new Set([...own, ...rest]).size).toBe(32)
  })

  test('use a number before the wallet is asked: one that refuses leaves it used', async () => {
    const sealed = memory()
    const wallet = { ...ann, signTypedData: () => Promise.reject(new Error('no')) }
    await expect(client({ sealed, wallet } as never).claims.sign(target)).rejects.toThrow('no')
    expect(decodeClaims(await sealed.get('claims')).used.numbers).toHaveLength(1)
  })

  test.each(['', 'no json', '{}', '{"entries":[{}],"used":{}}', '{"entries":[{"fact":"x"}],"used":{}}'])(
    'that cannot be read (%s) are asked for again',
    (text) => expect(decodeClaims(utf8(text)).claims).toEqual([]),
  )
})
