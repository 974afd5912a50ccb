import { createRequire } from 'node:module'
import type { EAS, Offchain, SignedOffchainAttestation } from '@ethereum-attestation-service/eas-sdk'
import { verifyJWT } from 'did-jwt'
import { decodeAbiParameters, parseAbiParameters } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addressOf,
  addressToBytes,
  concatBytes,
  equalBytes,
  fromHex,
  type Hex,
  signDigest,
  toHex,
  utf8,
} from '../../../sdk/crypto/index.ts'
import { askForClaim, showClaim, shownTypedData } from '../../../sdk/facts/index.ts'
import {
  type ClaimForm,
  claimDigestOf,
  easDigestOf,
  easSchema,
  easSchemaId,
  easVersion,
  factClass,
  factEpochOf,
} from '../../../sdk/verifier/index.ts'
import { auditLog } from '../../../service/prover/facts/audit-log.ts'
import { type FactJson, factFromJson } from '../../../service/prover/facts/fact-json.ts'
import { claimToJson } from '../../../service/prover/facts/index.ts'
import type { FactClaim } from '../../../service/prover/store/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { namingIssuers } from '../../helpers/credentials.ts'
import { startIssuer } from '../../helpers/fact-issuer.ts'
import { bodyOf, claimBodyOf, factOf, issuerKey, networkId } from '../../helpers/facts.ts'
import { decide, topicPolicy } from '../../helpers/lanes.ts'
import { lane, laneUse, view } from '../../helpers/world.ts'

const now = 2_893 * factClass.epochLength + 1_000
const epoch = factEpochOf(now)
const condition = 'txCount eip155:1 >= 3'
const account = privateKeyToAccount(`0x${'c1'.repeat(32)}`)
const chainId = 31_337n
const eas = walletOf(0xea).address
const issuer = { x: issuerKey.x, y: issuerKey.y }
const forms = ['eas', 'vc'] as const satisfies ClaimForm[]

const require = createRequire(import.meta.url)
const library: { EAS: typeof EAS; Offchain: typeof Offchain } = require('@ethereum-attestation-service/eas-sdk')
const attester = addressOf(concatBytes(Uint8Array.of(4), issuerKey.claims.key))

/** What the attestation service's own library says of a document. */
function isAttested(document: string): boolean {
  const { domain, message, ...rest } = JSON.parse(document)
  const whole = {
    ...rest,
    domain: { ...domain, chainId: BigInt(domain.chainId) },
    message: { ...message, time: BigInt(message.time), expirationTime: BigInt(message.expirationTime) },
  } as SignedOffchainAttestation
  const offchain = new library.Offchain({ address: eas, version: easVersion, chainId }, 2, new library.EAS(eas))
  return offchain.verifyOffchainAttestationSignature(attester, whole)
}

/** What the library makes of a message with the issuer's key for claims. */
async function attestAs(message: Record<string, string>, changes: object = {}) {
  const offchain = new library.Offchain({ address: eas, version: easVersion, chainId }, 2, new library.EAS(eas))
  const signer = privateKeyToAccount(`0x${toHex(issuerSecret)}`)
  const { time = '', expirationTime = '' } = message
  const params = { ...message, time: BigInt(time), expirationTime: BigInt(expirationTime), ...changes }
  const made = await offchain.signOffchainAttestation(params as never, {
    getAddress: async () => signer.address,
    signTypedData: (domain, types, value) =>
      signer.signTypedData({ domain, types, primaryType: 'Attest', message: value } as never),
  })
  return JSON.parse(JSON.stringify(made, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
}

/** Finds the key of a `did:jwk`, as any resolver does. */
const resolver = {
  async resolve(did: string) {
    const jwk = JSON.parse(Buffer.from(did.replace('did:jwk:', ''), 'base64url').toString())
    const method = { id: `${did}#0`, type: 'JsonWebKey2020', controller: did, publicKeyJwk: jwk }
    const didDocument = { id: did, verificationMethod: [method], assertionMethod: [method.id] }
    return { didResolutionMetadata: {}, didDocumentMetadata: {}, didDocument }
  },
}

describe('an issuer of claims', () => {
  let issuing: Awaited<ReturnType<typeof startIssuer>>
  let facts: Awaited<ReturnType<typeof issuing.open>>
  beforeAll(async () => {
    issuing = await startIssuer(now)
    facts = await issuing.open()
    issuing.chain.nonces.set(account.address.toLowerCase(), 5n)
  })
  afterAll(() => issuing?.close())

  const bodyFor = (as: ClaimForm, { who = account, asked = condition, signed = as, at = epoch } = {}) =>
    claimBodyOf(who, { condition: asked, epoch: at, form: as, signed })
  const claimIn = async (as: ClaimForm) => {
    const answer = await facts.ask(await bodyFor(as), 'a')
    if (!('value' in answer) || answer.value.form === 'note') throw new Error('Expected a claim.')
    return answer.value
  }
  const codeOf = (answer: object) => ('code' in answer ? answer.code : 'ok' in answer && answer.ok)

  /** What a client makes of a claim that an issuer serves. */
  const read = (served: object, as: ClaimForm) =>
    askForClaim({
      ...{ networkId, chainId, issuer, fact: factOf(condition), epoch, form: as, subject: account.address },
      ...{ signature: '0x', url: 'http://issuer.test' },
      fetch: async () => Response.json({ status: 'issued', claim: served }),
    })

  /** Shows a claim to a verifier that knows the issuer. */
  async function show(claim: FactClaim, form: ClaimForm) {
    const issued = await read(claimToJson(facts.claims, claim), form)
    const typed = shownTypedData({ topic: lane.topic, use: laneUse({ expiresAt }), number: 0 })
    const value = showClaim(issued, { networkId, number: 0, signature: await account.signTypedData(typed) })
    return { condition: 0, kind: { case: 'claim', value: value as never } } as const
  }
  const expiresAt = BigInt(now + 600)
  async function verdict(evidence: Awaited<ReturnType<typeof show>>) {
    const latest = { ...namingIssuers(view.latest, issuerKey), issuedAt: BigInt(now) }
    const request = { evidence: [evidence], expiresAt }
    const context = { now, checkpoint: { ...view, latest } }
    const { result } = await decide({ request, policy: topicPolicy(condition), context })
    return result.ok ? 'opened' : result.code
  }

  test.each(forms)(
    'gives the same %s again, after a restart and in any other hands, and a lane is opened by it',
    async (as) => {
      const first = await claimIn(as)
      expect(await claimIn(as)).toEqual(first)
      expect(await (await issuing.open()).ask(await bodyFor(as), 'b')).toEqual({ ok: true, value: first })
      expect(await facts.find(first.id)).toEqual({ ok: true, value: first })
      expect(await verdict(await show(first, as))).toBe('opened')
    },
  )

  test("makes attestations that the service's own library takes, and that are of this account, fact and epoch", async () => {
    const { document, digest } = await claimIn('eas')
    expect(isAttested(document)).toBe(true)
    const { message, domain, version } = JSON.parse(document)
    expect([version, domain.verifyingContract, domain.chainId]).toEqual([2, eas, String(chainId)])
    const life = [epoch, epoch + 1].map((at) => String(at * factClass.epochLength))
    expect([message.recipient, message.time, message.expirationTime]).toEqual([account.address, ...life])
    expect([message.revocable, message.schema]).toEqual([false, `0x${toHex(easSchemaId)}`])
    const { number, hash } = (await claimIn('eas')).block
    const parts = decodeAbiParameters(parseAbiParameters(easSchema.replaceAll(/ \w+/g, '')), message.data)
    expect(parts).toEqual(['txCount eip155:1 3', `0x${toHex(networkId)}`, BigInt(epoch), number, hash])
    const said = JSON.parse(document)
    said.message.recipient = eas
    expect(isAttested(JSON.stringify(said))).toBe(false)
    expect(digest).toEqual(
      easDigestOf({ ...(await read(claimToJson(facts.claims, await claimIn('eas')), 'eas')), networkId, chainId }),
    )
    expect(JSON.parse(document)).toEqual(await attestAs(message))
  })

  test('makes credentials that an independent library takes, and that are of this account, fact and epoch', async () => {
    const { document } = await claimIn('vc')
    const timeOf = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000', '')
    const options = { resolver, policies: { now: now + 5, aud: false } }
    const { verified, payload } = await verifyJWT(document, options)
    expect(verified).toBe(true)
    const header = JSON.parse(Buffer.from(document.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toMatchObject({ alg: 'ES256K', typ: 'vc+jwt' })
    expect(payload).toMatchObject({
      '@context': ['https://www.w3.org/ns/credentials/v2', expect.anything()],
      type: ['VerifiableCredential', 'Fact'],
      issuer: payload.iss,
      validFrom: timeOf(epoch * factClass.epochLength),
      validUntil: timeOf((epoch + 1) * factClass.epochLength),
      credentialSubject: { id: `did:pkh:eip155:1:${account.address}`, fact: 'txCount eip155:1 3', epoch },
    })
    for (const at of [epoch * factClass.epochLength - 400, (epoch + 1) * factClass.epochLength + 400])
      await expect(verifyJWT(document, { resolver, policies: { now: at } })).rejects.toThrow()
    const [head, , signature] = document.split('.')
    const other = Buffer.from(JSON.stringify({ ...payload, sub: 'did:pkh:eip155:1:0x0' })).toString('base64url')
    await expect(verifyJWT([head, other, signature].join('.'), options)).rejects.toThrow()
  })

  /** What else an issuer could sign, with the key that it signs claims with; the library takes each of these. */
  test.each<[string, Record<string, unknown>]>([
    ['has expired', { expirationTime: 1n }],
    ['has begun elsewhere', { time: 2n ** 40n }],
    ['never expires', { expirationTime: 0n }],
    ['is of another schema', { schema: `0x${'11'.repeat(32)}` }],
    ['is of another recipient', { recipient: eas }],
    ['can be revoked', { revocable: true }],
    ['refers to another', { refUID: `0x${'22'.repeat(32)}` }],
    ['says something else', { data: '0x1234' }],
  ])('an attestation that %s is one for the library, and none for a verifier', async (_, changes) => {
    const honest = await claimIn('eas')
    const { message } = JSON.parse(honest.document)
    const made = await attestAs(message, changes)
    expect(isAttested(JSON.stringify(made))).toBe(true)
    const evidence = await show(honest, 'eas')
    const { r, s } = made.signature
    const signature = fromHex(`${r}${s.slice(2)}`)
    const value = { ...(evidence.kind.value as object), signature } as never
    expect(await verdict({ ...evidence, kind: { case: 'claim', value } })).toMatch(/^claim\./)
  })

  test.each<[string, () => Promise<Parameters<typeof facts.ask>[0]>, string]>([
    ['what was signed for the other form', () => bodyFor('eas', { signed: 'vc' }), 'fact.signature-invalid'],
    [
      "another account's word",
      async () => ({ ...(await bodyFor('vc')), subject: walletOf(1).address }),
      'fact.signature-invalid',
    ],
    ['another epoch', () => bodyFor('vc', { at: epoch + 1 }), 'fact.epoch-wrong'],
    ['a chain that nobody reads', () => bodyFor('vc', { asked: 'txCount eip155:10 >= 1' }), 'fact.chain-unknown'],
    ['a secret', async () => ({ ...(await bodyFor('vc')), secretHash: `0x${'0'.repeat(63)}1` }), 'fact.malformed'],
    ['a person', async () => ({ ...(await bodyFor('vc')), personHash: `0x${'0'.repeat(63)}1` }), 'fact.malformed'],
    ['no hashes for a note', async () => ({ ...(await bodyFor('vc')), as: 'note' as const }), 'fact.malformed'],
  ])('refuses %s before any chain is asked, and keeps nothing', async (_, body, code) => {
    const [before, { asked }] = [await issuing.store.factHead(), issuing.chain]
    expect(codeOf(await facts.ask(await body(), 'a'))).toBe(code)
    expect([await issuing.store.factHead(), issuing.chain.asked]).toEqual([before, asked])
  })

  test('refuses what is not so', async () => {
    const before = await issuing.store.factHead()
    expect(codeOf(await facts.ask(await bodyFor('vc', { asked: 'txCount eip155:1 >= 6' }), 'a'))).toBe('fact.not-so')
    expect(await issuing.store.factHead()).toEqual(before)
  })

  test('without a contract to name makes no attestations', async () => {
    const one = await startIssuer(now, undefined, { eas: undefined })
    one.chain.nonces.set(account.address.toLowerCase(), 5n)
    const open = await one.open()
    expect(codeOf(await open.ask(await bodyFor('eas'), 'a'))).toBe('fact.form-unknown')
    expect(codeOf(await open.ask(await bodyFor('vc'), 'a'))).toBe(true)
    await one.close()
  })

  test('counts notes and claims of an account together: 64 of an epoch', async () => {
    const many = walletOf(0x99)
    issuing.chain.nonces.set(many.address.toLowerCase(), 1_000n)
    const { store } = issuing
    const full = await issuing.open({ factRecordsOf: async (of, at) => 62 + (await store.factRecordsOf(of, at)) })
    expect(codeOf(await full.ask(await bodyFor('vc', { who: many }), 'a'))).toBe(true)
    expect(codeOf(await full.ask(await bodyOf(many, { condition }, now), 'a'))).toBe(true)
    expect(codeOf(await full.ask(await bodyFor('eas', { who: many }), 'a'))).toBe('rate.limited')
    expect(codeOf(await full.ask(await bodyOf(many, { condition: 'txCount eip155:1 >= 9' }, now), 'a'))).toBe(
      'rate.limited',
    )
  })

  describe('whose answer is read by a client', () => {
    let served: ReturnType<typeof claimToJson>
    beforeAll(async () => {
      served = claimToJson(facts.claims, await claimIn('vc'))
    })
    test.each<[string, () => object]>([
      ['another block', () => ({ ...served, block: { ...served.block, number: '1' } })],
      ['another salt', () => ({ ...served, salt: '00'.repeat(32) })],
      ['another signature', () => ({ ...served, signature: '01'.repeat(64) })],
      ['another key', () => ({ ...served, certificate: { ...served.certificate, key: '01'.repeat(64) } })],
      ['no certificate', () => ({ ...served, certificate: undefined })],
      [
        'another certificate',
        () => ({ ...served, certificate: { ...served.certificate, signature: '01'.repeat(96) } }),
      ],
      ['a document of something else', () => ({ ...served, document: `${served.document}x` })],
      ['no document', () => ({ ...served, document: 7 })],
      ['a salt that is short', () => ({ ...served, salt: '00' })],
      ['nothing', () => ({})],
    ])('%s is no claim', async (_, lie) => {
      await expect(read(lie(), 'vc')).rejects.toMatchObject({ code: 'prover.response' })
    })
    test('in the other form it is none either', async () => {
      await expect(read(served, 'eas')).rejects.toMatchObject({ code: 'prover.response' })
      const attested = claimToJson(facts.claims, await claimIn('eas'))
      expect((await read(attested, 'eas')).document).toBe(attested.document)
      const said = JSON.parse(attested.document)
      const word = `0x${'01'.repeat(32)}`
      const lies = {
        domain: { chainId: '1', verifyingContract: account.address },
        message: {
          ...{ schema: word, recipient: eas, time: '0', expirationTime: '0', revocable: true, refUID: word },
          ...{ data: said.message.data.replace(/0000000$/, '0000001'), salt: word },
        },
        signature: { r: word, s: word },
      }
      for (const [part, fields] of Object.entries(lies)) {
        for (const [name, value] of Object.entries(fields)) {
          const document = JSON.stringify({ ...said, [part]: { ...said[part], [name]: value } })
          const answer = read({ ...attested, document }, 'eas')
          await expect(answer, `${part}.${name}`).rejects.toMatchObject({ code: 'prover.response' })
        }
      }
    })
  })

  describe('has a log', () => {
    let entries: FactJson[]
    beforeAll(async () => {
      await facts.ask(await bodyOf(account, { condition }, now), 'a')
      for (const as of forms) await claimIn(as)
      entries = (await facts.log({ after: 0, limit: 1_000 })).entries
    })
    const audit = (served: readonly object[]) =>
      auditLog({
        read: async (after) => ({ total: served.length, entries: served.slice(after) }),
        issuer: issuerKey,
        epoch,
      })
    const at = () => entries.findIndex(({ condition: of, form }) => of === condition && form === 'vc')
    const changed = (changes: object) => entries.map((entry, i) => (i === at() ? { ...entry, ...changes } : entry))

    test('with notes and claims, of which nothing is wrong, and which name no account', async () => {
      expect((await audit(entries)).faults).toEqual([])
      expect(JSON.stringify(entries).toLowerCase()).not.toContain(account.address.slice(2).toLowerCase())
      const own = entries.filter((entry) => entry.condition === condition)
      expect(new Set(own.map(({ alias }) => alias)).size).toBe(own.length)
    })

    test('in which whoever is shown a claim finds it', async () => {
      const claim = await claimIn('vc')
      const issued = await read(claimToJson(facts.claims, claim), 'vc')
      const digest = toHex(claimDigestOf('vc', { ...issued, networkId, chainId }))
      expect(entries.filter((entry) => 'digest' in entry && entry.digest === digest)).toHaveLength(1)
    })

    test('from which nobody can tell whose a claim is by trying accounts', async () => {
      const { salt, ...claim } = await claimIn('eas')
      const content = {
        networkId,
        chainId,
        issuer,
        key: issuerKey.claims.key,
        eas: addressToBytes(eas),
        fact: factOf(condition),
      }
      const { block, epoch: of } = claim
      const tried = easDigestOf({
        ...content,
        epoch: of,
        subject: addressToBytes(account.address),
        block: { number: block.number, hash: fromHex(block.hash) },
        salt: new Uint8Array(32),
      })
      expect(equalBytes(tried, claim.digest)).toBe(false)
      expect(JSON.stringify(entries)).not.toContain(toHex(salt))
    })

    test.each<[string, () => object, RegExp]>([
      ['another digest', () => ({ digest: '01'.repeat(32) }), /the signature is not by the key/],
      ['another signature', () => ({ signature: '01'.repeat(64) }), /the signature is not by the key/],
      ['the other form', () => ({ form: 'eas' }), /its hash does not follow/],
      ['another fact', () => ({ condition: 'txCount eip155:1 >= 4' }), /its hash does not follow/],
      ['a form to come', () => ({ form: 'other' }), /Its form is unknown/],
      ['no certificate', () => ({ certificate: undefined }), /It has something else|Expected/],
      [
        'a certificate of nobody',
        () => ({ certificate: { ...certificate(), signature: '01'.repeat(96) } }),
        /has not certified/,
      ],
      [
        'a certificate of another network',
        () => ({ certificate: { ...certificate(), network: '01'.repeat(32) } }),
        /has not certified/,
      ],
      ['a key that is none', () => ({ certificate: { ...certificate(), key: '01'.repeat(64) } }), /has not certified/],
      [
        'a block whose number no word can hold',
        () => ({ block: { number: '9'.repeat(78), hash: `0x${'01'.repeat(32)}` } }),
        /where decimal digits belong/,
      ],
      ['a key that is short', () => ({ certificate: { ...certificate(), key: '01' } }), /128 hex digits/],
    ])('with %s is found out', async (_, lie, fault) => {
      expect((await audit(changed(lie()))).faults.join('\n')).toMatch(fault)
    })
    const certificate = () => (entries[at()] as { certificate?: object }).certificate

    test('of an issuer that signs two claims of one account, fact, epoch and form shows that it did', async () => {
      const served = entries[at()]!
      const digest = utf8('another claim'.padEnd(32))
      const signature = signDigest(digest, issuerSecret).bytes
      const second = { ...served, number: entries.length + 1, digest: toHex(digest), signature: toHex(signature) }
      const faults = (await audit([...entries, second])).faults
      expect(faults).toContain(`Entry ${entries.length + 1}: it is a second one of the same account, fact and epoch.`)
      expect(factFromJson(served).form).toBe('vc')
    })
  })
})

/** The key that the issuer of these tests signs claims with. */
const issuerSecret = secretOf('07'.repeat(32))

function secretOf(privateKey: string): Uint8Array {
  const { hkdfSync } = require('node:crypto')
  const secret = new Uint8Array(
    hkdfSync('sha256', fromHex(privateKey), new Uint8Array(), utf8('pennypost/claim-key/v1'), 32),
  )
  expect(privateKeyToAccount(`0x${toHex(secret)}` as Hex).address).toBe(attester)
  return secret
}
