import { utf8 } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'

/** What a circuit takes: field elements by the names of its input signals. */
export type CircuitInputs = Readonly<Record<string, bigint | readonly bigint[]>>

/** Computes witnesses of one circuit, in the format that snarkjs reads (`wtns`, version 2). */
export type WitnessCalculator = { calculate(inputs: CircuitInputs): Uint8Array }

/** The exports of a program that circom 2 compiled. Field elements cross by words of 32 bits, lowest first. */
type Circuit = {
  init(sanityCheck: number): void
  getFieldNumLen32(): number
  getRawPrime(): void
  getWitnessSize(): number
  getWitness(index: number): void
  getInputSize(): number
  getInputSignalSize(high: number, low: number): number
  setInputSignal(high: number, low: number, position: number): void
  readSharedRWMemory(word: number): number
  writeSharedRWMemory(word: number, value: number): void
}

/** Loads a compiled circuit once; each calculation reuses it, which is four times as fast as loading it again. */
export async function createWitnessCalculator(wasm: Uint8Array): Promise<WitnessCalculator> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, { runtime })
  const circuit = instance.exports as unknown as Circuit
  const words = circuit.getFieldNumLen32()
  const read = () => Uint32Array.from({ length: words }, (_, word) => circuit.readSharedRWMemory(word))
  circuit.getRawPrime()
  const prime = read()

  return {
    calculate(inputs) {
      circuit.init(0)
      setInputs(circuit, inputs, words)
      const size = circuit.getWitnessSize()
      const witness = new Uint32Array(size * words)
      for (let i = 0; i < size; i++) {
        circuit.getWitness(i)
        for (let word = 0; word < words; word++) witness[i * words + word] = circuit.readSharedRWMemory(word)
      }
      return encodeWitness(prime, witness)
    },
  }
}

/** The last input makes the circuit run; a constraint that does not hold comes out as an exception. */
function setInputs(circuit: Circuit, inputs: CircuitInputs, words: number): void {
  const entries = Object.entries(inputs).map(
    ([name, value]) => [name, typeof value === 'bigint' ? [value] : value] as const,
  )
  const count = entries.reduce((sum, [, values]) => sum + values.length, 0)
  if (count !== circuit.getInputSize()) throw new WitnessError('The circuit takes a different number of inputs.')
  for (const [name, values] of entries) {
    const hash = hashName(name)
    const [high, low] = [Number(hash >> 32n), Number(hash & 0xffffffffn)]
    if (circuit.getInputSignalSize(high, low) !== values.length) {
      throw new WitnessError(`The circuit does not take ${values.length} values for "${name}".`)
    }
    for (const [position, element] of values.entries()) {
      for (let word = 0; word < words; word++) circuit.writeSharedRWMemory(word, wordOf(element, word))
      circuit.setInputSignal(high, low, position)
    }
  }
}

const wordOf = (element: bigint, word: number): number => Number((element >> BigInt(32 * word)) & 0xffffffffn)

/** How circom names input signals: FNV-1a of 64 bits. */
function hashName(name: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of utf8(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash
}

/** Section 1: field and size; section 2: the elements. Each section has its number and its length before it. */
function encodeWitness(prime: Uint32Array, witness: Uint32Array): Uint8Array {
  const field = prime.length * 4
  const header = [2, 2, 1, 8 + field, 0, field, ...prime, witness.length / prime.length, 2, witness.length * 4, 0]
  const out = new Uint8Array(4 + header.length * 4 + witness.length * 4)
  const view = new DataView(out.buffer)
  out.set(utf8('wtns'))
  header.forEach((word, i) => {
    view.setUint32(4 + i * 4, word, true)
  })
  const start = 4 + header.length * 4
  for (let i = 0; i < witness.length; i++) view.setUint32(start + i * 4, witness[i] ?? 0, true)
  return out
}

/** What the circuit may call; it says nothing but that something failed. */
const runtime = {
  exceptionHandler(code: number) {
    throw new WitnessError(`The circuit refuses the inputs (${failures[code] ?? `code ${code}`}).`)
  },
  printErrorMessage: () => undefined,
  writeBufferMessage: () => undefined,
  showSharedRWMemory: () => undefined,
}

const failures: Readonly<Record<number, string>> = {
  1: 'unknown signal',
  2: 'too many signals',
  3: 'a signal set twice',
  4: 'a constraint does not hold',
  5: 'out of memory',
  6: 'an array too long',
}

/** Inputs that no proof can be made from. */
export class WitnessError extends BaseError {
  override readonly code = 'proof.inputs-refused'
}
