import { randomBytes } from 'node:crypto'
import { bn254 } from '@noble/curves/bn254.js'
import { encodeLaneRequest } from '../../../sdk/codec/index.ts'
import { concatBytes, toBytes32 } from '../../../sdk/crypto/index.ts'
import { ticketEvidence } from '../../../test/helpers/node.ts'
import { type Attack, flood } from './attack.ts'

/** Points of the right curves that prove nothing: a verifier has to compute to find out. */
function falseProof(): Uint8Array {
  const g1 = bn254.G1.Point.BASE.toAffine()
  const { x, y } = bn254.G2.Point.BASE.toAffine()
  return concatBytes(...[g1.x, g1.y, x.c1, x.c0, y.c1, y.c0, g1.x, g1.y].map(toBytes32))
}

/** 200 false proofs at once, again and again. */
export const falseProofs: Attack = (attacker) => {
  const proof = falseProof()
  return flood(attacker, { atOnce: 200, restMs: 1000 }, (i) => ({
    path: '/v1/lanes',
    isBinary: true,
    body: encodeLaneRequest({
      topic: `/xmtp/0/m-${randomBytes(16).toString('hex')}/proto`,
      holder: new Uint8Array(randomBytes(32)),
      units: 1,
      expiresAt: BigInt(Math.floor(Date.now() / 1000) + 600),
      evidence: [ticketEvidence(1, i, { scope: true, proof })],
    }),
  }))
}
