import { describe, expect, test } from 'vitest'
import { readSaid } from '../../../sdk/client/tickets/signed-source.ts'
import type { Checkpoint, SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { decodeSignedCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressOf, addressToBytes, publicKeyOf, signDigest } from '../../../sdk/crypto/index.ts'
import { createTrust } from '../../../sdk/notes/index.ts'
import { type ProverClient, ProverUnavailableError } from '../../../sdk/transport/index.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { checkpoint, now, trustOf } from '../../helpers/world.ts'

const [old, next] = [5, 6].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array]
const addressAt = (key: Uint8Array) => addressOf(publicKeyOf(key))
const trust = trustOf([addressAt(old)])

function sign(fields: Partial<Checkpoint>, key: Uint8Array): SignedCheckpoint {
  const content = { ...checkpoint, ...fields }
  const { bytes, recovery } = signDigest(checkpointDigest(content), key)
  const signatures = [{ signer: addressToBytes(addressAt(key)), signature: Uint8Array.of(...bytes, 27 + recovery) }]
  return decodeSignedCheckpoint(encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(content), signatures }))
}

const handover = sign({ signers: [addressToBytes(addressAt(next))], threshold: 1 }, old)

async function readFrom(answer: () => Promise<SignedCheckpoint | undefined>, saved?: Uint8Array) {
  const told: unknown[] = []
  const prover = { latestCheckpoint: answer, checkpoints: async () => [] } as unknown as ProverClient
  const reading = { now: () => now, storage: { get: async () => saved }, tell: (event: unknown) => told.push(event) }
  const said = await readSaid({ prover, trust, newest: () => undefined }, reading as never)
  return { floor: said?.floor, told }
}

/** What a client keeps that has seen who signs now. */
async function savedTrust(): Promise<Uint8Array> {
  const known = createTrust({ genesis: trust, source: {}, now: () => now })
  await known.verify(handover)
  return known.save()
}

describe('the terms that signers have signed', () => {
  test('are believed of those who are pinned', async () => {
    expect(await readFrom(async () => sign({ floor: 'stamp 1' }, old))).toEqual({ floor: 'stamp 1', told: [] })
  })

  test('are not believed any more of those who once signed, by whoever has seen others take their place', async () => {
    const forged = async () => sign({ floor: 'nobody', sequence: 9n }, old)
    expect((await readFrom(forged)).floor).toBe('nobody') // by who has seen nothing
    const { floor, told } = await readFrom(forged, await savedTrust())
    expect([floor, told]).toEqual([undefined, [{ kind: 'degraded', code: 'checkpoint.invalid' }]])
    const true_ = async () => sign({ floor: 'stamp 1', sequence: 2n }, next)
    expect((await readFrom(true_, await savedTrust())).floor).toBe('stamp 1')
  })

  test.each<[string, () => Promise<never>, string]>([
    ['does not answer', () => Promise.reject(new ProverUnavailableError('Down.')), 'prover.unavailable'],
  ])('are told to be unknown where the prover %s', async (_, answer, code) => {
    expect(await readFrom(answer)).toEqual({ floor: undefined, told: [{ kind: 'degraded', code }] })
  })

  test('are read although what was kept is no trust', async () => {
    const { floor } = await readFrom(async () => sign({ floor: 'stamp 1' }, old), new Uint8Array(40).fill(255))
    expect(floor).toBe('stamp 1')
  })
})
