import { expect, test } from 'vitest'
import { decodeSignedCheckpoint, encodeCheckpoint, encodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { addressToBytes } from '../../../sdk/crypto/index.ts'
import { checkpointDigest } from '../../../sdk/verifier/index.ts'
import { createSigner, makeKey } from '../../../service/prover/checkpoints/index.ts'
import { CheckpointWatcher } from '../../../service/prover/disputes/index.ts'
import { createMetrics } from '../../../service/prover/metrics.ts'
import { checkpoint } from '../../helpers/world.ts'

const signer = createSigner(makeKey())
const nothing = () => undefined

/** A watcher of one false checkpoint, on a chain that does as a test says. */
function watch(dispute: (onSending: () => void) => Promise<'possible' | { reason: string }>) {
  const signatures = [{ signer: addressToBytes(signer.address), signature: signer.sign(checkpointDigest(checkpoint)) }]
  const signed = decodeSignedCheckpoint(
    encodeSignedCheckpoint({ checkpoint: encodeCheckpoint(checkpoint), signatures }),
  )
  const store = {
    officeBegins: async () => 1n,
    offices: async () => [{ signers: [signer.address] }],
    ledgerBlocks: async () => [],
    position: async () => undefined,
    roots: async () => [],
    operations: async () => [],
    leaksAt: async () => [],
  }
  let tried = 0
  const watcher = new CheckpointWatcher({
    sources: () => [{ url: 'http://liar', read: async (after: bigint) => (after === 0n ? [signed] : []) }],
    store,
    schedule: { next: nothing, signers: nothing },
    capacity: 4,
    network: undefined,
    clock: () => 1_000,
    log: { info: nothing, warn: nothing, error: nothing },
    metrics: createMetrics(),
    dispute: (_: unknown, onSending: () => void) => {
      tried += 1
      return dispute(onSending)
    },
  } as never)
  return { watcher, tried: () => tried }
}

test('sends no more in a day than may be lost, where each is sent and never comes about', async () => {
  let sent = 0
  const { watcher } = watch(async (onSending) => {
    onSending()
    sent += 1
    throw new Error('no receipt')
  })
  for (let look = 0; look < 40; look++) await watcher.look()
  expect(sent).toBe(24)
})

test('goes on looking where the endpoint was down, since nothing was sent', async () => {
  const { watcher, tried } = watch(() => Promise.reject(new Error('down')))
  for (let look = 0; look < 40; look++) await watcher.look()
  expect(tried()).toBe(40)
})

test('is no longer looked at once it is known that it can be slashed', async () => {
  const { watcher, tried } = watch(async () => 'possible')
  for (let look = 0; look < 3; look++) await watcher.look()
  expect(tried()).toBe(1)
  expect(watcher.findings).toMatchObject([{ status: 'possible', call: 'slashFalseHeader', signers: [signer.address] }])
})
