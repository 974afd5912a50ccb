import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { Facts, type FactsOptions } from '../../../sdk/client/account/facts.ts'
import type { AttestedFact } from '../../../sdk/client/tickets/attested-facts.ts'
import {
  addressToBytes,
  classIdOf,
  commitmentOf,
  credentialOf,
  personHashOf,
  secretHashOf,
} from '../../../sdk/crypto/index.ts'
import { factSecretOf, type IssuedClaim, makeMemberList } from '../../../sdk/facts/index.ts'
import { factClassOf } from '../../../sdk/policy/index.ts'
import { type ClaimForm, factClass, factExpiryOf, vcTextOf } from '../../../sdk/verifier/index.ts'
import { certify, claimContent, claimOf } from '../../helpers/claims.ts'
import { makeIssuer } from '../../helpers/credentials.ts'
import { factOf } from '../../helpers/facts.ts'
import { problem } from '../../helpers/recording.ts'
import { networkId } from '../../helpers/world.ts'

const condition = 'age eip155:1 >= 90 days'
const epoch = 2_900
const identityKey = new Uint8Array(32).fill(5)
const account = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const signers = [501n, 502n, 503n].map((key, i) => ({ ...makeIssuer(key), url: `http://issuer-${i}.example` }))

/** The credential that an issuer gives for what was posted. */
function attest(signer: (typeof signers)[0], { secretHash, personHash }: { secretHash: string; personHash: string }) {
  const classId = classIdOf(factClassOf(factOf(condition)))
  const terms = { classId, limit: BigInt(factClass.limit), expiry: BigInt(factExpiryOf(epoch)) }
  const commitment = commitmentOf(BigInt(secretHash), BigInt(personHash))
  const credential = { ...terms, ...signer.sign(credentialOf({ commitment, ...terms })) }
  const words = Object.entries(credential).map(([name, value]) => [name, String(value)])
  return { id: 'ab', status: 'issued', credential: Object.fromEntries(words) }
}

/** The claim that an issuer gives for what was posted. */
function claimFor(by: (typeof signers)[0], form: ClaimForm) {
  const claiming = { by, form, fact: factOf(condition), content: { epoch, subject: addressToBytes(account.address) } }
  const content = claimContent(claiming)
  const { signature } = claimOf(claiming)
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const { key, eas, signature: certified } = certify(content, claiming)
  const block = { number: String(content.block.number), hash: `0x${hex(content.block.hash)}` }
  const certificate = { key: hex(key), eas: hex(eas), signature: hex(certified) }
  const document = `${vcTextOf(content)}.${Buffer.from(signature).toString('base64url')}`
  return {
    id: 'ab',
    status: 'issued',
    claim: { block, salt: hex(content.salt), signature: hex(signature), certificate, document },
  }
}

const issue = (signer: (typeof signers)[0], body: { as?: ClaimForm; secretHash: string; personHash: string }) =>
  body.as ? claimFor(signer, body.as) : attest(signer, body)

type Lie = () => Response | Promise<Response>

/** A client in a network of three issuers, some of which say something else; whom it asked, and what it kept. */
function client(lies: readonly (Lie | undefined)[], urls: readonly (string | undefined)[] = []) {
  const [asked, kept, claims] = [[] as number[], [] as AttestedFact[], [] as IssuedClaim[]]
  const ready = { made: 0 }
  const posted: Record<string, string>[] = []
  const issuers = signers.map(({ key, url }, i) => ({ ...key, url: urls[i] ?? url }))
  const options = {
    wallet: account,
    address: account.address,
    person: 77n,
    identityKey,
    networkId,
    notes: {
      attested: async () => kept,
      keep: async (attested: AttestedFact) => void kept.push(attested),
      reserve: async () => {
        ready.made += 1
        return true
      },
    },
    claims: {
      attested: async () => claims,
      proven: async () => [],
      keep: async (claim: IssuedClaim) => void claims.push(claim),
    },
    chainId: () => 31_337n,
    tree: { refresh: async () => undefined },
    issuers: () => issuers,
    fetch: async (url: string, { body }: RequestInit) => {
      const at = issuers.findIndex((issuer) => url.startsWith(issuer.url))
      asked.push(at)
      posted.push(JSON.parse(String(body)))
      return (await lies[at]?.()) ?? Response.json(issue(signers[at]!, JSON.parse(String(body))))
    },
    clock: { seconds: () => epoch * factClass.epochLength + 5_000 },
    tell: () => undefined,
  }
  return { facts: new Facts(options as unknown as FactsOptions), asked, kept, claims, ready, posted }
}

const down: Lie = () => Promise.reject(new TypeError('no connection'))
const nonsense: Lie = () => Response.json({ status: 'issued', credential: { s: '3' } })
const refuses: Lie = () => problem(403, 'fact.not-so')
const knowsNoSuchChain: Lie = () => problem(404, 'fact.chain-unknown')

test('of a list, the path goes to the issuer; one that leads nowhere is seen before the wallet signs', async () => {
  const list = makeMemberList([account.address, `0x${'22'.repeat(20)}`])
  const fact = `member ${list.root}`
  const { facts, asked, posted } = client([refuses, refuses, refuses])
  for (const path of [undefined, [], list.pathOf(`0x${'22'.repeat(20)}`)])
    await expect(facts.obtain(fact, { path })).rejects.toMatchObject({ code: 'fact.path-wrong' })
  expect(asked).toEqual([])
  const path = list.pathOf(account.address)
  await expect(facts.obtain(fact, { path })).rejects.toMatchObject({ reason: 'fact.not-so' })
  expect(posted[0]).toMatchObject({ condition: fact, path })
})

describe('a fact is obtained', () => {
  test.each<[string, Lie]>([
    ['is down', down],
    ['answers nonsense', nonsense],
    ['says that it is not so', refuses],
    ['does not read the chain', knowsNoSuchChain],
    ['is a page of a portal', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ])('of the next issuer where the first %s', async (_, lie) => {
    const { facts, asked, kept } = client([lie])
    expect(await facts.obtain(condition)).toMatchObject({ condition, issuers: 1 })
    expect([asked, kept.map(({ issuer }) => issuer.x)]).toEqual([[0, 1], [signers[1]!.key.x]])
  })

  test('of the next issuer where the terms give the first a URL that is none', async () => {
    const { facts, asked } = client([], ['nowhere'])
    expect(await facts.obtain(condition)).toMatchObject({ issuers: 1 })
    expect(asked).toEqual([1])
  })

  test('by hashes of the secret and of the person, neither of which an issuer hears, and with tickets made ready', async () => {
    const { facts, posted, ready, kept } = client([])
    await facts.obtain(`${condition} by 2 issuers`)
    const secrets = kept.map(({ issuer, fact }) => factSecretOf(identityKey, { networkId, issuer, fact, epoch }))
    expect(posted.map(({ personHash }) => BigInt(personHash ?? ''))).toEqual([personHashOf(77n), personHashOf(77n)])
    expect(posted.map(({ secretHash }) => BigInt(secretHash ?? ''))).toEqual(secrets.map(secretHashOf))
    const fields = ['condition', 'epoch', 'personHash', 'secretHash', 'signature', 'subject']
    expect(posted.map((body) => Object.keys(body).sort())).toEqual([fields, fields])
    expect(ready.made).toBe(1)
  })

  test('of no more issuers than are asked for, and of none of them twice', async () => {
    const { facts, asked } = client([])
    await facts.obtain(condition)
    await facts.obtain(condition)
    expect(asked).toEqual([0])
    expect(await facts.obtain(`${condition} by 2 issuers`)).toMatchObject({ issuers: 2 })
    expect(asked).toEqual([0, 1])
    expect(await facts.list()).toMatchObject([{ condition, issuers: 2, expiresAt: factExpiryOf(epoch) }])
    await expect(facts.obtain(`${condition} by 4 issuers`)).rejects.toMatchObject({ code: 'fact.no-issuer' })
    await expect(facts.obtain('stamp 1')).rejects.toMatchObject({ code: 'fact.malformed' })
    expect(asked).toEqual([0, 1])
  })

  test.each<[string, readonly Lie[], object]>([
    ['the first reason of all where all refuse', [refuses, knowsNoSuchChain, down], { reason: 'fact.not-so' }],
    ['a reason rather than a failure', [down, nonsense, refuses], { reason: 'fact.not-so' }],
    ['a failure where there is no reason', [down, down, nonsense], { code: 'prover.unavailable' }],
  ])('of nobody, and %s is thrown', async (_, lies, error) => {
    const { facts, kept } = client(lies)
    await expect(facts.obtain(condition)).rejects.toMatchObject(error)
    expect(kept).toEqual([])
  })

  test('of two where one of three lies, and what was attested is kept where the second is missing', async () => {
    const { facts, kept } = client([nonsense])
    expect(await facts.obtain(`${condition} by 2 issuers`)).toMatchObject({ issuers: 2 })
    const short = client([undefined, down, refuses])
    await expect(short.facts.obtain(`${condition} by 2 issuers`)).rejects.toMatchObject({ reason: 'fact.not-so' })
    expect([kept.length, short.kept.length]).toEqual([2, 1])
  })

  test('of nobody else once the caller has given up', async () => {
    const giving = new AbortController()
    const { facts, asked } = client([
      () => {
        giving.abort(new Error('enough'))
        return problem(403, 'fact.not-so')
      },
    ])
    await expect(facts.obtain(condition, { signal: giving.signal })).rejects.toThrow('enough')
    expect(asked).toEqual([0])
  })

  test('by name, where that is asked for: with no hash of a secret or a person, and beside the note', async () => {
    const { facts, posted, kept, claims, ready } = client([])
    const obtained = await facts.obtain(`${condition} by 2 issuers`, { as: 'vc' })
    expect(obtained).toMatchObject({ as: 'vc', issuers: 2, expiresAt: factExpiryOf(epoch) })
    expect(obtained.documents).toEqual(claims.map(({ document }) => document))
    const fields = ['as', 'condition', 'epoch', 'signature', 'subject']
    expect(posted.map((body) => Object.keys(body).sort())).toEqual([fields, fields])
    expect([kept.length, claims.length, ready.made]).toEqual([0, 2, 0])
    await facts.obtain(condition)
    expect((await facts.list()).map(({ as, issuers }) => [as, issuers])).toEqual([
      ['note', 1],
      ['vc', 2],
    ])
  })

  test('by name of the next issuer where the first gives a note instead', async () => {
    const note: Lie = () => Response.json(attest(signers[0]!, { secretHash: '1', personHash: '1' }))
    const { facts, asked, claims } = client([note])
    expect(await facts.obtain(condition, { as: 'vc' })).toMatchObject({ issuers: 1 })
    expect([asked, claims.map(({ issuer }) => issuer.x)]).toEqual([[0, 1], [signers[1]!.key.x]])
  })
})
