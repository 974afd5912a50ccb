import { describe, expect, onTestFinished, test } from 'vitest'
import { fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import { portableSecp256k1, useSecp256k1 } from '../../../sdk/crypto/secp256k1.ts'
import { walletHolder } from '../../../sdk/crypto/use.ts'
import { formatRule } from '../../../sdk/policy/index.ts'
import {
  type ClaimForm,
  digestEvidence,
  factClass,
  factExpiryOf,
  type LaneContext,
  nullifiersOf,
  shownDomain,
  shownTypes,
} from '../../../sdk/verifier/index.ts'
import { listOf } from '../../helpers/blocks.ts'
import {
  accountOf,
  ann,
  annKey,
  benKey,
  type Claiming,
  claimEvidence,
  claimOf,
  epoch,
  shownBytes,
} from '../../helpers/claims.ts'
import {
  credentialEvidence,
  factOf,
  factView,
  fakeCredential,
  issuer,
  makeIssuer,
  rule,
  secondIssuer,
} from '../../helpers/credentials.ts'
import {
  commonPolicy,
  type Deciding,
  decide,
  type EvidenceInit,
  fakeTicket,
  laneRequest,
  ticketEvidence,
  topicPolicy,
} from '../../helpers/lanes.ts'
import { lane, laneUse, networkId, now, recipient, seeded } from '../../helpers/world.ts'

const shown = (
  evidence: EvidenceInit[],
  policy: string | Deciding['policy'] = rule,
  context: Partial<LaneContext> = {},
) => ({
  policy: typeof policy === 'string' ? topicPolicy(policy) : policy,
  request: { evidence },
  context: { checkpoint: factView(), ...context },
})
const one = (claiming: Claiming = {}) => claimEvidence(0, claimOf(claiming))
const changed = (fields: Partial<ReturnType<typeof claimOf>>, claiming: Claiming = {}) => [
  claimEvidence(0, { ...claimOf(claiming), ...fields }),
]
const codeOf = async (deciding: Deciding) => {
  const { result } = await decide(deciding)
  return result.ok ? 'opened' : result.code
}

const forms = ['eas', 'vc'] as const satisfies ClaimForm[]
const byTwo = `${rule} by 2 issuers`
const other = factOf('age eip155:1 >= 91 days')

describe('a fact opens a lane in the own name', () => {
  test.each(forms)('by a claim in the form %s, whose account and use are kept, and no proof is asked', async (form) => {
    const claim = claimOf({ form })
    const { asked, result } = await decide(shown([claimEvidence(0, claim)]))
    expect(asked).toEqual([])
    expect(result).toMatchObject({
      ok: true,
      nullifiers: [{ nullifier: fromBytes(claim.nullifier), x: fromBytes(laneUse()) >> 8n, noteClass: { kind: 3 } }],
      payers: [accountOf(annKey)],
      tag: undefined,
      isRequest: false,
    })
    expect(nullifiersOf(laneRequest({ evidence: [one({ form })] }))).toEqual([claim.nullifier])
  })

  test('as wallets sign it', async () => {
    const message = { topic: lane.topic, use: `0x${Buffer.from(laneUse()).toString('hex')}` as const, number: 3n }
    const signature = await ann.signTypedData({ domain: shownDomain, types: shownTypes, primaryType: 'Show', message })
    const shownBy = { shown: shownBytes(signature) }
    expect(await codeOf(shown(changed(shownBy, { number: 3 })))).toBe('opened')
    expect(await codeOf(shown(changed(shownBy, { number: 4 })))).toBe('claim.not-for-this')
  })

  test('worth as much as a credential: 16 units and a day for each', async () => {
    const asking = (units: number, { ttl = 3600, issuers = [issuer] } = {}): Deciding => {
      const fields = { units, expiresAt: BigInt(now + ttl) }
      const evidence = issuers.map((by) => one({ use: laneUse(fields), by }))
      return {
        ...shown(evidence, commonPolicy(`${rule} by ${issuers.length} issuers`)),
        request: { ...fields, evidence },
      }
    }
    expect(await codeOf(asking(16, { ttl: 86_400 }))).toBe('opened')
    expect(await codeOf(asking(17))).toBe('lane.too-many-units')
    expect(await codeOf(asking(16, { ttl: 86_401 }))).toBe('lane.too-long')
    expect(await codeOf(asking(32, { issuers: [issuer, secondIssuer] }))).toBe('opened')
  })

  test('attested by two, where two are asked, in any form', async () => {
    const evidence = [one(), one({ form: 'vc', by: secondIssuer })]
    const { result } = await decide(shown(evidence, byTwo))
    expect(result.ok && new Set(result.nullifiers.map(({ nullifier }) => nullifier)).size).toBe(2)
  })

  test('beside a stamp, whose pseudonym is kept', async () => {
    const both = shown([one(), ticketEvidence(1, fakeTicket())], `${rule} and stamp 1`)
    const { result } = await decide(both)
    expect(result).toMatchObject({ ok: true, tag: fromBytes(fakeTicket().tag), payers: [accountOf(annKey)] })
  })

  test('for another fact and another number by another use', async () => {
    const nullifiers = [{}, { number: 1 }, { fact: other }, { by: secondIssuer }, { who: benKey }].map((claiming) =>
      String(claimOf(claiming).nullifier),
    )
    expect(new Set(nullifiers).size).toBe(5)
    expect(String(claimOf({ form: 'vc' }).nullifier)).toBe(nullifiers[0])
    expect(await codeOf(shown([one({ number: factClass.limit - 1 })]))).toBe('opened')
  })
})

describe('a claim is refused', () => {
  const stranger = makeIssuer(3_003n)
  test.each<[string, string, Deciding]>([
    ['claim.malformed', 'no form', shown(changed({ form: 0 }))],
    ['claim.malformed', 'a form to come', shown(changed({ form: 3 }))],
    ['claim.malformed', 'an issuer of 63 bytes', shown(changed({ issuer: new Uint8Array(63) }))],
    ['claim.malformed', 'no certificate', shown(changed({ certificate: undefined as never }))],
    ['claim.malformed', 'an account of 21 bytes', shown(changed({ subject: new Uint8Array(21) }))],
    ['claim.malformed', 'a salt of 31 bytes', shown(changed({ salt: new Uint8Array(31) }))],
    ['claim.malformed', 'a hash of 33 bytes', shown(changed({ blockHash: new Uint8Array(33) }))],
    ['claim.malformed', 'a signature of 65 bytes', shown(changed({ signature: new Uint8Array(65) }))],
    ['claim.malformed', 'a word of the account of 64 bytes', shown(changed({ shown: new Uint8Array(64) }))],
    ['claim.malformed', 'a number that is none of the uses', shown([one({ number: factClass.limit })])],
    [
      'claim.malformed',
      'the nullifier of another use',
      shown(changed({ nullifier: claimOf({ number: 1 }).nullifier })),
    ],
    [
      'claim.malformed',
      'the nullifier of another fact',
      shown(changed({ nullifier: claimOf({ fact: other }).nullifier })),
    ],
    ...(['key', 'eas', 'signature'] as const).map((name): [string, string, Deciding] => {
      const { certificate } = claimOf()
      const bad = { ...certificate, [name]: certificate[name].subarray(1) }
      return ['claim.malformed', `a certificate whose ${name} is a byte short`, shown(changed({ certificate: bad }))]
    }),
    ['claim.no-checkpoint', 'no checkpoint', shown([one()], rule, { checkpoint: undefined })],
    [
      'claim.no-checkpoint',
      'a checkpoint of yesterday',
      shown([one()], rule, {
        checkpoint: { ...factView(), latest: { ...factView().latest, issuedAt: BigInt(now - 86_401) } },
      }),
    ],
    ['claim.out-of-date', 'an epoch that is over', shown([one({ content: { epoch: epoch - 1 } })])],
    ['claim.out-of-date', 'an epoch to come', shown([one({ content: { epoch: epoch + 1 } })])],
    ['claim.out-of-date', 'an epoch that no clock has', shown(changed({ epoch: 2n ** 64n - 1n }))],
    ['claim.issuer-unknown', 'an issuer of nobody', shown([one({ by: stranger })])],
    ['claim.not-for-this', 'another lane', shown([one({ use: laneUse({ units: 2 }) })])],
    ['claim.not-for-this', 'another topic in the words that were signed', shown([one({ topic: '/xmtp/0/x/proto' })])],
    [
      'claim.not-for-this',
      "another account's word",
      shown(changed({ subject: accountOf(benKey), nullifier: claimOf({ who: benKey }).nullifier })),
    ],
    ['claim.not-for-this', 'a word that no key can have given', shown(changed({ shown: new Uint8Array(65) }))],
    ['claim.not-for-this', 'another recovery', shown(changed({ shown: claimOf().shown.with(64, 3) }))],
    ['claim.certificate-invalid', "another issuer's certificate", shown([one({ certified: { by: secondIssuer } })])],
    [
      'claim.certificate-invalid',
      'the certificate of another epoch',
      shown([one({ certified: { epoch: epoch - 1 } })]),
    ],
    [
      'claim.certificate-invalid',
      'that of another network',
      shown([one({ certified: { networkId: new Uint8Array(32) } })]),
    ],
    ['claim.certificate-invalid', 'a key of its own under an honest certificate', ownKey()],
    ['credential.issuers-too-few', 'one where two are asked', shown([one()], byTwo)],
    ['credential.issuers-too-few', 'two of one issuer', shown([one(), one({ number: 1 })], byTwo)],
    [
      'evidence.counted-twice',
      'one use for two conditions',
      shown([one(), { ...one(), condition: 1 }], `${rule} and ${rule}`),
    ],
    ['credential.issuers-too-few', 'two forms of one issuer', shown([one(), one({ form: 'vc', number: 1 })], byTwo)],
    ['evidence.malformed', 'two where one is asked', shown([one(), one({ by: secondIssuer })])],
    ['evidence.malformed', 'one for further conditions', shown([{ ...one(), also: [1] }], `${rule} and stamp 1`)],
    ['evidence.malformed', 'one for a stamp', shown([one()], 'stamp 1')],
    ['evidence.not-asked', 'a host that takes no facts', shown([one()], rule, { facts: undefined })],
    [
      'claim.subjects-differ',
      'claims of two accounts pooled',
      shown([one(), one({ by: secondIssuer, who: benKey })], byTwo),
    ],
    [
      'claim.subjects-differ',
      'one account for each fact',
      shown([one(), { ...one({ who: benKey, fact: other }), condition: 1 }], `${rule} and age eip155:1 >= 91 days`),
    ],
    [
      'claim.subjects-differ',
      'a credential beside it',
      shown([credentialEvidence(0, fakeCredential()), one({ by: secondIssuer })], byTwo),
    ],
    [
      'claim.subjects-differ',
      'a credential after it',
      shown([one({ by: secondIssuer }), credentialEvidence(0, fakeCredential())], byTwo),
    ],
    ['policy.refused', 'one where something else is asked too', shown([one()], `${rule} and connection`)],
  ])('with %s: %s', async (code, _, deciding) => {
    const { asked, result } = await decide(deciding)
    expect([result.ok || result.code, asked]).toEqual([code, []])
  })

  const attested: [string, NonNullable<Claiming['signed']>][] = [
    ['another fact', { fact: other }],
    ['another account', { subject: accountOf(benKey) }],
    ['another epoch, so that it begins and ends otherwise', { epoch: epoch + 1 }],
    ['another network', { networkId: new Uint8Array(32) }],
    ['another block', { block: { number: 101n, hash: new Uint8Array(32).fill(7) } }],
    ['a block of another hash', { block: { number: 100n, hash: new Uint8Array(32).fill(8) } }],
    ['another salt', { salt: new Uint8Array(32) }],
  ]
  test.each(forms.flatMap((form) => attested.map(([what, signed]) => [form, what, signed] as const)))(
    'in the form %s, where the issuer has signed %s',
    async (form, _, signed) => {
      expect(await codeOf(shown([one({ form, signed })]))).toBe('claim.signature-invalid')
    },
  )

  test('in the form eas, where it is of another contract or chain', async () => {
    for (const signed of [{ eas: new Uint8Array(20) }, { chainId: 1n }])
      expect(await codeOf(shown([one({ signed })]))).toBe('claim.signature-invalid')
  })

  test('in the form vc, where it is of an account on another chain, of a fact that has none', async () => {
    const list = factOf(`member 0x${'ab'.repeat(32)}`)
    const text = formatRule(list)
    expect(await codeOf(shown([one({ form: 'vc', fact: list })], text))).toBe('opened')
    expect(await codeOf(shown([one({ form: 'vc', fact: list, signed: { chainId: 1n } })], text))).toBe(
      'claim.signature-invalid',
    )
  })

  test('in one form, where it is signed in the other', async () => {
    const { signature } = claimOf({ form: 'vc' })
    expect(await codeOf(shown(changed({ signature })))).toBe('claim.signature-invalid')
  })

  test('from the moment at which the epoch ends', async () => {
    const end = factExpiryOf(epoch)
    const latest = { ...factView().latest, issuedAt: BigInt(end - 60) }
    const at = async (time: number) => {
      const expiresAt = BigInt(time + 600)
      const evidence = [one({ use: laneUse({ expiresAt }) })]
      const { result } = await decide({
        ...shown(evidence, rule, { now: time, checkpoint: { ...factView(), latest } }),
        request: { evidence, expiresAt },
      })
      return result.ok ? 'opened' : result.code
    }
    expect([await at(end - 1), await at(end)]).toEqual(['opened', 'claim.out-of-date'])
  })

  test('whose certificate was good in the epoch before, once that is remembered', async () => {
    const end = factExpiryOf(epoch)
    const latest = { ...factView().latest, issuedAt: BigInt(end - 60) }
    const expiresAt = BigInt(end + 600)
    const { certificate } = claimOf()
    expect(await codeOf(shown([one()]))).toBe('opened')
    const next = claimOf({ content: { epoch: epoch + 1 }, use: laneUse({ expiresAt }) })
    const evidence = [claimEvidence(0, { ...next, certificate })]
    const deciding = shown(evidence, rule, { now: end, checkpoint: { ...factView(), latest } })
    const { result } = await decide({ ...deciding, request: { evidence, expiresAt } })
    expect(result.ok || result.code).toBe('claim.certificate-invalid')
  })

  test('that is remembered, with any other signature, for anybody else, and by another key, even one that is certified', async () => {
    const { signature } = claimOf()
    expect(await codeOf(shown([one()]))).toBe('opened')
    const others = [
      changed({ signature: signature.with(0, (signature[0] ?? 0) ^ 1) }),
      changed({ signature }, { who: benKey }),
      changed({ signature }, { by: secondIssuer }),
    ]
    for (const evidence of others) expect(await codeOf(shown(evidence))).toBe('claim.signature-invalid')
    expect(await codeOf(shown([one({ number: 1 })]))).toBe('opened')
  })

  test('each time that it is shown, while what an issuer has signed is verified once', async () => {
    let verified = 0
    const before = useSecp256k1(portableSecp256k1)
    onTestFinished(() => void useSecp256k1(before))
    useSecp256k1({
      ...before,
      verify(...asked) {
        verified++
        return before.verify(...asked)
      },
    })
    const [fresh, bad] = [{ salt: seeded(7)(32) }, { salt: seeded(8)(32) }]
    for (const number of [0, 1]) expect(await codeOf(shown([one({ number, content: fresh })]))).toBe('opened')
    expect(verified).toBe(1)
    for (const number of [0, 1]) {
      const falseOne = one({ number, content: bad, signed: fresh })
      expect(await codeOf(shown([falseOne]))).toBe('claim.signature-invalid')
    }
    expect(verified).toBe(3)
  })

  test('whose use is made, for this lane or for another', async () => {
    const nullifier = fromBytes(claimOf().nullifier)
    for (const x of [1n, fromBytes(laneUse()) >> 8n]) {
      const usedShare = (asked: bigint) => (asked === nullifier ? { x } : undefined)
      expect(await codeOf(shown([one()], rule, { usedShare }))).toBe('claim.used')
      expect(await codeOf(shown([one({ number: 1 })], rule, { usedShare }))).toBe('opened')
    }
  })

  test('of an account that the recipient has blocked', async () => {
    const policy = topicPolicy(rule, { blocks: listOf(recipient, { wallets: [accountOf(annKey)] }) })
    expect(await codeOf(shown([one()], policy))).toBe('policy.blocked')
    expect(await codeOf(shown([one({ who: benKey })], policy))).toBe('opened')
  })
})

test('a wallet lane and its account may be two: whoever signs vouches for the lane', async () => {
  const holder = walletHolder(accountOf(benKey))
  const evidence = [one({ use: laneUse({ holder }) })]
  const { result } = await decide({ ...shown(evidence), request: { evidence, holder } })
  expect(result).toMatchObject({ ok: true, payers: [accountOf(annKey)] })
})

test('what a request shows is another with another use or salt, and the same with another word of the account', () => {
  const digest = (fields: Partial<ReturnType<typeof claimOf>>) =>
    digestEvidence(laneRequest({ evidence: changed(fields) })).toString()
  const same = digest({})
  expect(digest({ shown: new Uint8Array(65) })).toBe(same)
  expect(new Set([same, digest({ salt: networkId }), digest({ nullifier: toBytes32(1n) })]).size).toBe(3)
})

/** Mallory signs what she likes with a key of hers, and shows it with the certificate of an honest one. */
function ownKey(): Deciding {
  const mallory = makeIssuer(4_004n)
  const { certificate } = claimOf()
  const false_ = claimOf({ by: mallory })
  const { issuer: honest, nullifier } = claimOf()
  const mixed = { ...certificate, key: false_.certificate.key }
  return shown([claimEvidence(0, { ...false_, issuer: honest, nullifier, certificate: mixed })])
}
