import { describe, expect, test } from 'vitest'
import { type Checkpoint, encodeCheckpoint, type SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressOf, addressToBytes, publicKeyOf, signDigest } from '../../../sdk/crypto/index.ts'
import { createTrust, restoreTrust } from '../../../sdk/notes/checkpoint-trust.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { checkpoint, trustOf } from '../../helpers/world.ts'

const keyOf = (name: number) => new Uint8Array(32).fill(name)
const addressAt = (name: number) => addressOf(publicKeyOf(keyOf(name)))
const genesis = trustOf([addressAt(1)])

/** A checkpoint by some signer; `next` takes over. */
function sign(sequence: bigint, by: number, next?: number): SignedCheckpoint {
  const signers = next === undefined ? [] : [addressToBytes(addressAt(next))]
  const content: Checkpoint = { ...checkpoint, sequence, signers, threshold: signers.length }
  const { bytes, recovery } = signDigest(checkpointDigest(content), keyOf(by))
  return {
    $typeName: 'pennypost.v1.SignedCheckpoint',
    checkpoint: encodeCheckpoint(content),
    signatures: [
      {
        $typeName: 'pennypost.v1.CheckpointSignature',
        signer: addressToBytes(addressAt(by)),
        signature: Uint8Array.of(...bytes, 27 + recovery),
      },
    ],
  }
}

/** A prover with some checkpoints; tells which it was asked for. */
function proverOf(all: readonly SignedCheckpoint[], sequences: readonly bigint[]) {
  const asked: bigint[] = []
  return {
    asked,
    async checkpoints(after: bigint) {
      asked.push(after)
      return all.filter((_, i) => (sequences[i] ?? 0n) > after).slice(0, 2)
    },
  }
}

describe('trust in checkpoints', () => {
  const chain = [sign(1n, 1), sign(2n, 1, 2), sign(3n, 2), sign(4n, 2, 3), sign(5n, 3)]
  const sequences = [1n, 2n, 3n, 4n, 5n]
  const last = chain[4] as SignedCheckpoint

  test('follows each handover, asking only where the signers are new', async () => {
    const prover = proverOf(chain, sequences)
    const trust = createTrust({ genesis, source: prover })
    expect((await trust.verify(chain[0] as SignedCheckpoint)).sequence).toBe(1n)
    expect(prover.asked).toEqual([])
    expect((await trust.verify(last)).sequence).toBe(5n)
    expect(prover.asked[0]).toBe(0n)
  })

  test('refuses who signed before, and who was never named', async () => {
    const trust = createTrust({ genesis, source: proverOf(chain, sequences) })
    await trust.verify(last)
    await expect(trust.verify(sign(6n, 9))).rejects.toMatchObject({ code: 'checkpoint.invalid' })
    await expect(createTrust({ genesis, source: {} }).verify(last)).rejects.toMatchObject({
      code: 'checkpoint.invalid',
    })
    const broken = proverOf([chain[0] as SignedCheckpoint, sign(2n, 9, 3)], [1n, 2n])
    await expect(createTrust({ genesis, source: broken }).verify(last)).rejects.toMatchObject({
      code: 'checkpoint.invalid',
    })
  })

  test('refuses another history of those who have handed over, also after it was saved', async () => {
    const other = proverOf([sign(1n, 1), sign(6n, 1), sign(7n, 1)], [1n, 6n, 7n])
    const trust = createTrust({ genesis, source: proverOf(chain, sequences) })
    await trust.verify(last)
    const { trust: restored } = restoreTrust(trust.save(), { genesis, source: other })
    await expect(restored.verify(sign(7n, 1))).rejects.toMatchObject({ code: 'checkpoint.invalid' })
    expect((await restored.verify(sign(8n, 3))).sequence).toBe(8n)
  })

  test('goes on from where it is, though it went past handovers', async () => {
    const [all, numbers] = [
      [sign(1n, 1), sign(2n, 1, 2), sign(3n, 2, 1), sign(4n, 1), sign(5n, 1, 2), sign(6n, 2)],
      [1n, 2n, 3n, 4n, 5n, 6n],
    ]
    const trust = createTrust({ genesis, source: proverOf(all, numbers) })
    expect((await trust.verify(all[3] as SignedCheckpoint)).sequence).toBe(4n)
    expect((await trust.verify(all[5] as SignedCheckpoint)).sequence).toBe(6n)
  })

  test('is saved with the handovers, which are checked again', async () => {
    const trust = createTrust({ genesis, source: proverOf(chain, sequences) })
    await trust.verify(last)
    const saved = trust.save()
    const restored = restoreTrust(saved, { genesis, source: {} })
    expect(restored.length).toBe(saved.length)
    expect((await restored.trust.verify(sign(6n, 3))).sequence).toBe(6n)
    const foreign = { ...genesis, signers: [addressAt(8)] }
    expect(() => restoreTrust(saved, { genesis: foreign, source: {} })).toThrow(
      expect.objectContaining({ code: 'checkpoint.invalid' }),
    )
  })
})
