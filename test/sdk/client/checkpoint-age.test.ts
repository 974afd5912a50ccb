import { describe, expect, test } from 'vitest'
import { createSafeStorage } from '../../../sdk/client/session/storage.ts'
import { requireFresh } from '../../../sdk/client/tickets/checkpoint-age.ts'
import { findBook } from '../../../sdk/client/tickets/find-book.ts'
import { createTreeKeeper } from '../../../sdk/client/tickets/tree-keeper.ts'
import { type Checkpoint, encodeCheckpoint, type SignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressOf, addressToBytes, publicKeyOf, signDigest, toBytes32 } from '../../../sdk/crypto/index.ts'
import { noteCommitment, type Operation } from '../../../sdk/notes/index.ts'
import { type ProverClient, ProverUnavailableError } from '../../../sdk/transport/index.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { checkpoint, forestOf, trustOf } from '../../helpers/world.ts'

const key = new Uint8Array(32).fill(5)
const signer = addressOf(publicKeyOf(key))
const now = 1_750_000_000

function sign(fields: Partial<Checkpoint>): SignedCheckpoint {
  const content: Checkpoint = { ...checkpoint, ...forestOf(0n), operations: 0n, roots: [], ...fields }
  const { bytes, recovery } = signDigest(checkpointDigest(content), key)
  const signature = Uint8Array.of(...bytes, 27 + recovery)
  const $typeName = 'pennypost.v1.CheckpointSignature' as const
  const signatures = [{ $typeName, signer: addressToBytes(signer), signature }]
  return { $typeName: 'pennypost.v1.SignedCheckpoint', checkpoint: encodeCheckpoint(content), signatures }
}

type World = { readonly signed: SignedCheckpoint | undefined; readonly named?: bigint; readonly maxAge?: number }

function keeperOf(world: () => World) {
  const latestCheckpoint = async () => {
    const { signed } = world()
    if (!signed) throw new ProverUnavailableError('Down.')
    return signed
  }
  const prover = { latestCheckpoint, operations: async () => ({ operations: [] }) } as unknown as ProverClient
  const { maxAge } = world()
  return createTreeKeeper({
    prover,
    trust: trustOf([signer]),
    storage: createSafeStorage(undefined, () => undefined),
    tell: () => undefined,
    now: () => now,
    maxAge,
    newest: async () => world().named,
  })
}

const aged = (seconds: number, sequence = 7n) => sign({ issuedAt: BigInt(now - seconds), sequence })

describe('the tree that tickets are made with', () => {
  test.each<[string, World]>([
    ['of a minute ago', { signed: aged(60) }],
    ['of an hour ago', { signed: aged(3600) }],
    ['of a signer whose clock is ahead', { signed: aged(-100) }],
    ['that is two behind the node', { signed: aged(60), named: 9n }],
    ['that the node does not have yet', { signed: aged(60), named: 1n }],
    ['as old as the application allows', { signed: aged(7000), maxAge: 7200 }],
  ])('is one %s', async (_, world) => {
    expect((await keeperOf(() => world).fresh()).checkpoint?.sequence).toBe(7n)
  })

  test.each<[string, World, string]>([
    ['that a prover keeps for one client for more than an hour', { signed: aged(3601) }, 'minutes old'],
    ['that is older than the application allows', { signed: aged(61), maxAge: 60 }, 'minutes old'],
    ['where the node names a much newer one', { signed: aged(60), named: 10n }, 'checkpoint 10'],
    [
      'where the node lies high, and the message names both',
      { signed: aged(60), named: 2n ** 60n },
      "prover's newest is 7",
    ],
  ])('is none %s', async (_, world, words) => {
    await expect(keeperOf(() => world).fresh()).rejects.toMatchObject({
      code: 'checkpoint.stale',
      message: expect.stringContaining(words),
    })
  })

  test('is held to its age where the prover is down, too', async () => {
    let signed: SignedCheckpoint | undefined = aged(3000)
    let at = now
    const keeper = keeperOf(() => ({ signed }))
    await keeper.fresh()
    signed = undefined
    expect((await keeper.fresh()).checkpoint?.sequence).toBe(7n)
    at += 601
    const { checkpoint: known } = await keeper.find(() => [])
    expect(() => known && requireFresh(known, { now: at, maxAge: 3600, named: undefined })).toThrow(
      expect.objectContaining({ code: 'checkpoint.stale' }),
    )
  })
})

test('a book is looked for to the end of the log, wherever it is', async () => {
  const person = 3n
  const append = (commitment: bigint, leafIndex: number): Operation => ({
    kind: 'append',
    leafIndex,
    commitment,
    classId: 1n,
    limit: 8n,
    expiry: 99n,
  })
  const asked = await Promise.all(
    [0, 1500, 2400, undefined].map(async (place) => {
      const log = Array.from({ length: 2500 }, (_, i) => append(BigInt(i + 1), i))
      if (place !== undefined) log[place] = append(noteCommitment({ secret: 9n, person }), place)
      const pages: (number | undefined)[] = []
      const operations = async ({ from = 0, limit = 0 }: { from?: number; limit?: number } = {}) => {
        pages.push(from)
        return { total: 2500n, operations: log.slice(from, from + limit) }
      }
      const found = await findBook(
        { operations } as unknown as ProverClient,
        { secret: toBytes32(9n) },
        { person, signal: undefined },
      )
      expect(found).toEqual(place === undefined ? undefined : { limit: 8, expiry: 99n, leafIndex: BigInt(place) })
      return pages.join()
    }),
  )
  expect(new Set(asked)).toEqual(new Set(['0,1000,2000']))
})
