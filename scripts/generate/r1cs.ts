/** A sum of wires times coefficients. */
export type Combination = readonly (readonly [wire: number, coefficient: bigint])[]

/** `a · b = c` over the witness. */
export type Constraint = { readonly a: Combination; readonly b: Combination; readonly c: Combination }

/** A constraint system as circom writes it. Wires: the constant 1, outputs, public inputs, private inputs, the rest. */
export type R1cs = {
  readonly prime: bigint
  readonly wires: number
  readonly outputs: number
  readonly publicInputs: number
  readonly privateInputs: number
  readonly constraints: readonly Constraint[]
}

type Reader = { u32(): number; u64(): number; field(): bigint; seek(position: number): void; tell(): number }

/** Reads the sections "header" and "constraints" of circom's binary r1cs format, version 1. */
export function readR1cs(bytes: Uint8Array): R1cs {
  const reader = readerOf(bytes)
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== 'r1cs') throw new Error('Not an r1cs file.')
  const sections = findSections(reader)

  reader.seek(sectionAt(sections, 1))
  if (reader.u32() !== 32) throw new Error('Only 32-byte fields can be read.')
  const prime = reader.field()
  const [wires, outputs, publicInputs, privateInputs] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()]
  reader.u64() // labels
  const count = reader.u32()

  reader.seek(sectionAt(sections, 2))
  const constraints = Array.from({ length: count }, () => readConstraint(reader))
  return { prime, wires, outputs, publicInputs, privateInputs, constraints }
}

function findSections(reader: Reader): Map<number, number> {
  reader.seek(8)
  const sections = new Map<number, number>()
  for (let left = reader.u32(); left > 0; left--) {
    const type = reader.u32()
    const size = reader.u64()
    sections.set(type, reader.tell())
    reader.seek(reader.tell() + size)
  }
  return sections
}

function sectionAt(sections: Map<number, number>, type: number): number {
  const position = sections.get(type)
  if (position === undefined) throw new Error(`The r1cs file has no section ${type}.`)
  return position
}

const readConstraint = (reader: Reader): Constraint => ({
  a: readCombination(reader),
  b: readCombination(reader),
  c: readCombination(reader),
})

const readCombination = (reader: Reader): Combination =>
  Array.from({ length: reader.u32() }, () => [reader.u32(), reader.field()] as const)

/** Little-endian, as the whole format is. */
function readerOf(bytes: Uint8Array): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const word = () => {
    at += 8
    return view.getBigUint64(at - 8, true)
  }
  return {
    u32: () => {
      at += 4
      return view.getUint32(at - 4, true)
    },
    u64: () => Number(word()),
    field: () => word() | (word() << 64n) | (word() << 128n) | (word() << 192n),
    seek: (position) => {
      at = position
    },
    tell: () => at,
  }
}
