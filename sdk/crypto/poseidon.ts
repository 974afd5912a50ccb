import { poseidon1 } from 'poseidon-lite/poseidon1'
import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon3 } from 'poseidon-lite/poseidon3'
import { poseidon4 } from 'poseidon-lite/poseidon4'
import { poseidon5 } from 'poseidon-lite/poseidon5'
import { FIELD_ORDER, isFieldElement } from './field.ts'

export { FIELD_ORDER, isFieldElement }

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
