import { describe, expect, test } from 'vitest'
import { readSaid } from '../../../sdk/client/tickets/signed-source.ts'
import { treeKey } from '../../../sdk/client/tickets/tree-keeper.ts'
import type { Checkpoint, SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { decodeSignedCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressOf, addressToBytes, publicKeyOf, signDigest, toHex } from '../../../sdk/crypto/index.ts'
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

async function readFrom(answer: () => Promise<SignedCheckpoint | undefined>, saved?: Uint8Array, kept = new Map()) {
  const told: unknown[] = []
  const prover = { latestCheckpoint: answer, checkpoints: async () => [] } as unknown as ProverClient
  if (saved) kept.set(treeKey(trust), saved)
  const storage = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, to: unknown) => kept.set(key, to),
  }
  const reading = { now: () => now, storage, tell: (event: unknown) => told.push(event) }
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

  test.each<[string, () => Promise<SignedCheckpoint | undefined>, string[]]>([
    ['does not answer', () => Promise.reject(new ProverUnavailableError('Down.')), ['prover.unavailable']],
    ['has nothing', async () => undefined, []],
    [
      'answers what nobody has signed',
      async () => sign({ floor: 'everyone', sequence: 9n }, next),
      ['checkpoint.invalid'],
    ],
    ['answers with what was signed before', async () => sign({ floor: 'everyone', sequence: 1n }, old), []],
  ])('stay those of the last login where the prover %s', async (_, answer, codes) => {
    const kept = new Map()
    await readFrom(async () => sign({ floor: 'stamp 1', sequence: 2n }, old), undefined, kept)
    const told = codes.map((code) => ({ kind: 'degraded', code }))
    expect(await readFrom(answer, undefined, kept)).toEqual({ floor: 'stamp 1', told })
    expect((await readFrom(async () => sign({ floor: 'stamp 2', sequence: 3n }, old), undefined, kept)).floor).toBe(
      'stamp 2',
    )
    expect((await readFrom(answer, undefined, kept)).floor).toBe('stamp 2')
  })

  test('are nobody’s where what was kept of them is no checkpoint, and are told anew', async () => {
    const kept = new Map([[`pennypost/said/${toHex(trust.networkId)}`, new Uint8Array(40).fill(255)]])
    expect((await readFrom(async () => undefined, undefined, kept)).floor).toBeUndefined()
    expect((await readFrom(async () => sign({ floor: 'stamp 1' }, old), undefined, kept)).floor).toBe('stamp 1')
  })

  test('are read although what was kept is no trust', async () => {
    const { floor } = await readFrom(async () => sign({ floor: 'stamp 1' }, old), new Uint8Array(40).fill(255))
    expect(floor).toBe('stamp 1')
  })
})
