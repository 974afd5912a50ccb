import { curves, type Groth16Proof } from 'snarkjs'

/** The form that snarkjs has of a proof on the wire. */
export function toProofJson(proof: Uint8Array): Groth16Proof {
  const at = (i: number) => BigInt(`0x${Buffer.from(proof.subarray(i * 32, i * 32 + 32)).toString('hex')}`).toString()
  const b = [
    [at(3), at(2)],
    [at(5), at(4)],
    ['1', '0'],
  ]
  return { pi_a: [at(0), at(1), '1'], pi_b: b, pi_c: [at(6), at(7), '1'], protocol: 'groth16', curve: 'bn128' }
}

/** Ends the threads of snarkjs, which would keep the process alive. */
export async function stopSnarkjs(): Promise<void> {
  await (await curves.getCurveFromName('bn128')).terminate()
}
