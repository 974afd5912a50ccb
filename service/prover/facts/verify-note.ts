import { FIELD_ORDER, fromBytes } from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import { buildEddsa } from 'circomlibjs'

/** A note's signature, and whose it should be. */
export type SignedMessage = {
  readonly message: bigint
  readonly signature: NoteSignature
  readonly key: { readonly x: Uint8Array; readonly y: Uint8Array }
}

/** Tells whether a signature (EdDSA with Poseidon) is that of a key which others cannot sign for. */
export async function createNoteVerifier(): Promise<(signed: SignedMessage) => boolean> {
  const { F, babyJub, verifyPoseidon } = await buildVerifier()
  return ({ message, signature: { r8x, r8y, s }, key }) => {
    const coordinates = [fromBytes(key.x), fromBytes(key.y), r8x, r8y]
    if (coordinates.some((value) => value >= FIELD_ORDER)) return false
    const [x, y, ...point] = coordinates.map((value) => F.e(value))
    const [publicKey, R8] = [[x, y], point] as [Point, Point]
    const isSound = babyJub.inSubgroup(publicKey) && coordinates[0] !== 0n
    return isSound && verifyPoseidon(F.e(message), { R8, S: s }, publicKey)
  }
}

type Point = [Uint8Array, Uint8Array]

async function buildVerifier() {
  const eddsa = await buildEddsa()
  return { F: eddsa.F, babyJub: eddsa.babyJub, verifyPoseidon: eddsa.verifyPoseidon.bind(eddsa) }
}
