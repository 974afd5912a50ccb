import { poseidon as hash } from '../../sdk/crypto/poseidon.ts'

export { FIELD_ORDER, isFieldElement } from '../../sdk/crypto/field.ts'

const known = new Map<string, bigint>()
const most = 100_000

/** The product's, which takes a tenth of a millisecond: what was hashed once in a process is remembered, for trees that are built again. */
export function poseidon(inputs: readonly bigint[]): bigint {
  const name = inputs.join()
  const before = known.get(name)
  if (before !== undefined) return before
  const made = hash(inputs)
  if (known.size < most) known.set(name, made)
  return made
}
