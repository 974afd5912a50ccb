import { Field } from '@noble/curves/abstract/modular.js'
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js'
import { FIELD_ORDER, isFieldElement } from './field.ts'

export { FIELD_ORDER, isFieldElement }

/** Rounds in which only the first element goes through the S-box, by the number of inputs. */
const partialRounds = [56, 57, 56, 60, 60] as const
const fullRounds = 8

type Constants = { readonly rounds: number; readonly added: readonly bigint[]; readonly mds: readonly bigint[][] }

/** Made by Poseidon's own generator when they are first needed, some ten milliseconds each: written out they are 80 kB. */
const made: Constants[] = []

/**
 * circomlib's Poseidon of one to five field elements.
 *
 * Refuses what is not reduced: `a` and `a + FIELD_ORDER` would hash alike.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  const partial = partialRounds[inputs.length - 1]
  if (partial === undefined) {
    throw new RangeError(`Poseidon takes 1 to ${partialRounds.length} inputs, not ${inputs.length}.`)
  }
  for (const input of inputs) {
    if (!isFieldElement(input)) throw new RangeError(`${input} is not a field element.`)
  }
  made[inputs.length] ??= makeConstants(inputs.length + 1, partial)
  return permute([0n, ...inputs], made[inputs.length] as Constants)
}

function makeConstants(width: number, roundsPartial: number): Constants {
  const Fp = Field(FIELD_ORDER)
  const { roundConstants, mds } = grainGenConstants({ Fp, t: width, roundsFull: fullRounds, roundsPartial })
  return { rounds: roundConstants.length, added: roundConstants.flat(), mds }
}

/** The first element of the state after all rounds. Loops over indexes: trees are made of this, and callbacks take half as long again. */
function permute(state: bigint[], { rounds, added, mds }: Constants): bigint {
  for (let round = 0; round < rounds; round++) {
    const isFull = round < fullRounds / 2 || round >= rounds - fullRounds / 2
    for (let i = 0; i < state.length; i++) {
      const sum = (state[i] as bigint) + (added[round * state.length + i] as bigint)
      state[i] = isFull || i === 0 ? fifthPower(sum) : sum
    }
    mix(state, mds)
  }
  return state[0] as bigint
}

function mix(state: bigint[], mds: Constants['mds']): void {
  const before = state.slice()
  for (let i = 0; i < before.length; i++) {
    let sum = 0n
    for (let j = 0; j < before.length; j++) sum += (mds[i]?.[j] as bigint) * (before[j] as bigint)
    state[i] = sum % FIELD_ORDER
  }
}

function fifthPower(value: bigint): bigint {
  const square = (value * value) % FIELD_ORDER
  return (value * ((square * square) % FIELD_ORDER)) % FIELD_ORDER
}
