import { poseidon1 } from 'poseidon-lite/poseidon1'
import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon3 } from 'poseidon-lite/poseidon3'
import { poseidon4 } from 'poseidon-lite/poseidon4'
import { poseidon5 } from 'poseidon-lite/poseidon5'

/** The scalar field of BN254: circuits compute modulo this prime. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n

const arities = [poseidon1, poseidon2, poseidon3, poseidon4, poseidon5]

/**
 * circomlib's Poseidon of one to five field elements.
 *
 * Refuses what is not reduced: `a` and `a + FIELD_ORDER` would hash alike.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const hash = arities[inputs.length - 1]
  if (hash === undefined) throw new RangeError(`Poseidon takes 1 to ${arities.length} inputs, not ${inputs.length}.`)
  for (const input of inputs) {
    if (!isFieldElement(input)) throw new RangeError(`${input} is not a field element.`)
  }
  return hash(inputs as bigint[])
}

/** Whether `value` is a reduced element of the circuits' field. */
export const isFieldElement = (value: bigint): boolean => value >= 0n && value < FIELD_ORDER
