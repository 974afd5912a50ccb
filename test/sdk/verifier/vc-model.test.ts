import { issue } from '@digitalbazaar/vc'
import { describe, expect, test } from 'vitest'
import { vcTextOf } from '../../../sdk/verifier/vc-jwt.ts'
import { factOf, issuerKey } from '../../helpers/facts.ts'
import { networkId, recipient } from '../../helpers/world.ts'

// Whether the credentials that issuers sign are Verifiable Credentials 2.0 by the word of a library that others use. It is asked
// to issue them, since it looks at the data model before it does so; the signature is that of a JWT, and none of its kinds.

type Credential = Readonly<Record<string, unknown>>

function credentialOf(condition: string): Credential {
  const text = vcTextOf({
    fact: factOf(condition),
    networkId,
    chainId: 31_337n,
    epoch: 2_922,
    subject: recipient,
    block: { number: 7n, hash: new Uint8Array(32).fill(1) },
    salt: new Uint8Array(32).fill(2),
    key: new Uint8Array(64).fill(3),
    issuer: issuerKey,
    eas: new Uint8Array(20).fill(4),
  })
  return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
}

const suite = {
  verificationMethod: 'did:jwk:key#0',
  ensureSuiteContext: () => undefined,
  createProof: async () => ({ type: 'None' }),
}
const word = `0x${'05'.repeat(32)}`
const account = `0x${'c0'.repeat(20)}`

describe('a credential of', () => {
  test.each([
    'txCount eip155:1 >= 3',
    'age eip155:1 >= 90 days',
    'holds eip155:1/slip44:60 >= 0.1',
    `connected eip155:1:${account} from ${account}`,
    `interacted eip155:1:${account}`,
    `attested eip155:1:${account} schema ${word} from ${account}`,
    `member ${word}`,
  ])('“%s” is one by the data model', async (condition) => {
    const credential = credentialOf(condition)
    expect(await issue({ credential, suite })).toMatchObject({ ...credential, proof: { type: 'None' } })
  })
})

describe('the library refuses a credential', () => {
  const whole = credentialOf('txCount eip155:1 >= 3')
  const without = (name: string): Credential =>
    Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name))
  const [v2, vocab] = whole['@context'] as unknown[]

  test.each<[string, Credential, RegExp]>([
    ['whose own context comes first', { ...whole, '@context': [vocab, v2] }, /first/],
    ['of another version', { ...whole, '@context': ['https://www.w3.org/ns/credentials/v3'] }, /first/],
    ['without a type', without('type'), /"type" property is required/],
    ['of another type alone', { ...whole, type: ['Fact'] }, /VerifiableCredential/],
    ['without an issuer', without('issuer'), /"issuer" property is required/],
    ['whose issuer is no URL', { ...whole, issuer: 'somebody' }, /issuer/],
    ['of two issuers', { ...whole, issuer: ['did:jwk:a', 'did:jwk:b'] }, /only have one value/],
    ['about nobody', without('credentialSubject'), /"credentialSubject" property is required/],
    ['that says nothing', { ...whole, credentialSubject: {} }, /credentialSubject/],
    ['that begins at no time', { ...whole, validFrom: '1750000000' }, /validFrom/],
    ['that ends at no time', { ...whole, validUntil: 1_750_000_000 }, /validUntil/],
  ])('%s', async (_, credential, message) => {
    await expect(issue({ credential, suite })).rejects.toThrow(message)
  })
})
