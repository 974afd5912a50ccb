import { type Checkpoint, decodeCheckpoint } from '../../codec/index.ts'
import type { ProverClient } from '../../transport/index.ts'
import { factEpochOf } from '../../verifier/index.ts'

/**
 * The first checkpoint of the epoch of a newer one, with as many questions as its number has binary digits; undefined where the prover does
 * not serve it. It is not verified: by another block than this one's, no node takes a proof.
 */
export async function firstOfEpoch(
  prover: Pick<ProverClient, 'checkpoints'>,
  { sequence, issuedAt }: Pick<Checkpoint, 'sequence' | 'issuedAt'>,
  signal?: AbortSignal,
): Promise<Checkpoint | undefined> {
  const epoch = factEpochOf(Number(issuedAt))
  const read = async (number: bigint): Promise<Checkpoint | undefined> => {
    const [signed] = await prover.checkpoints(number - 1n, { limit: 1, signal })
    return signed && decodeCheckpoint(signed.checkpoint)
  }
  let [low, high] = [1n, sequence]
  while (low < high) {
    const middle = (low + high) / 2n
    const found = await read(middle)
    if (!found) return undefined
    if (factEpochOf(Number(found.issuedAt)) < epoch) low = middle + 1n
    else high = middle
  }
  return read(low)
}
