/** The part of snarkjs that this repository calls; the package ships no types. */
declare module 'snarkjs' {
  export type Logger = Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>

  /** A file's path, or a buffer standing for a file. */
  export type File = string | Uint8Array | { type: 'mem'; data?: Uint8Array }

  export type Groth16Proof = { pi_a: string[]; pi_b: string[][]; pi_c: string[]; protocol: string; curve: string }

  export type VerificationKey = {
    protocol: string
    curve: string
    nPublic: number
    vk_alpha_1: string[]
    vk_beta_2: string[][]
    vk_gamma_2: string[][]
    vk_delta_2: string[][]
    IC: string[][]
  }

  export type CircuitInputs = Record<string, bigint | number | string | readonly (bigint | number | string)[]>

  type Proved = { proof: Groth16Proof; publicSignals: string[] }
  type Hash = Uint8Array
  type Curve = { readonly r: bigint; terminate(): Promise<void> }

  export const curves: { getCurveFromName(name: 'bn128'): Promise<Curve> }

  export const powersOfTau: {
    newAccumulator(curve: Curve, power: number, to: File, logger?: Logger): Promise<Hash>
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<Hash>
    beacon(from: File, to: File, name: string, hex: string, iterations: number, logger?: Logger): Promise<Hash | false>
    preparePhase2(from: File, to: File, logger?: Logger): Promise<void>
    verify(file: File, logger?: Logger): Promise<boolean>
  }

  export const zKey: {
    newZKey(r1cs: File, ptau: File, to: File, logger?: Logger): Promise<Hash | -1>
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<Hash>
    beacon(from: File, to: File, name: string, hex: string, iterations: number, logger?: Logger): Promise<Hash | false>
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<boolean>
    exportVerificationKey(zkey: File, logger?: Logger): Promise<VerificationKey>
  }

  export const wtns: {
    calculate(inputs: CircuitInputs, wasm: File, to: File): Promise<void>
    check(r1cs: File, wtns: File, logger?: Logger): Promise<boolean>
    exportJson(wtns: File): Promise<bigint[]>
  }

  export const groth16: {
    prove(zkey: File, wtns: File, logger?: Logger): Promise<Proved>
    fullProve(inputs: CircuitInputs, wasm: File, zkey: File, logger?: Logger): Promise<Proved>
    verify(key: VerificationKey, signals: readonly string[], proof: Groth16Proof, logger?: Logger): Promise<boolean>
  }
}
