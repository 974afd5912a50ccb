import { expect, test } from 'vitest'
import { issuerDidOf, vcTextOf } from '../../../sdk/verifier/index.ts'
import { claimContent } from '../../helpers/claims.ts'
import { issuer, secondIssuer } from '../../helpers/credentials.ts'

test('a credential names the key that signs it, whichever others were named before', () => {
  for (const by of [issuer, secondIssuer, issuer]) {
    const content = claimContent({ by })
    const parts = vcTextOf(content).split('.')
    const [header, payload] = parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    const did = issuerDidOf(content.key)
    expect([header.kid, payload.issuer, payload.iss]).toEqual([`${did}#0`, did, did])
  }
})
