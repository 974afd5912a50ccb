import { toBytes32 } from '../crypto/abi.ts'
import { concatBytes } from '../crypto/bytes.ts'

/** A proof as snarkjs writes it: decimal strings, projective coordinates. */
export type ProofJson = {
  readonly pi_a: readonly string[]
  readonly pi_b: readonly (readonly string[])[]
  readonly pi_c: readonly string[]
}

/** The wire's form of a proof: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, 32 bytes each, big-endian. */
export function encodeProof({ pi_a, pi_b, pi_c }: ProofJson): Uint8Array {
  const [x = [], y = []] = pi_b
  const coordinates = [pi_a[0], pi_a[1], x[1], x[0], y[1], y[0], pi_c[0], pi_c[1]]
  return concatBytes(...coordinates.map((coordinate = '0') => toBytes32(BigInt(coordinate))))
}
