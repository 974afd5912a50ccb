import { afterEach, describe, expect, test } from 'vitest'
import { createTicketProver, loadTicketArtifacts, type TicketProver } from '../../../sdk/evidence/index.ts'
import { ticketRequest } from '../../helpers/world.ts'

let prover: TicketProver

afterEach(() => prover.close())

describe('a prover', () => {
  test('works after it was given a broken circuit', async () => {
    const good = await loadTicketArtifacts()
    const given = [{ ...good, wasm: new Uint8Array([1, 2, 3]) }, good]
    prover = createTicketProver({ artifacts: async () => given.shift()! })
    await expect(prover.warmUp()).rejects.toMatchObject({ code: 'proof.failed' })
    await prover.warmUp()
    expect((await prover.prove(ticketRequest())).proof).toHaveLength(256)
  })

  test('refuses a proof made with a broken key', async () => {
    const good = await loadTicketArtifacts()
    const zkey = good.zkey.slice()
    zkey.fill(7, zkey.length - 100_000)
    prover = createTicketProver({ artifacts: { ...good, zkey } })
    await expect(prover.prove(ticketRequest())).rejects.toMatchObject({ code: 'proof.failed' })
  })

  test.each([
    ['that is not there', 'file:///nowhere.js'],
    ['that throws', 'data:text/javascript,throw new Error("no snarkjs")'],
    ['that ends', 'data:text/javascript,process.exit()'],
  ])('says so of a worker %s', async (_, workerUrl) => {
    prover = createTicketProver({ workerUrl })
    await expect(prover.prove(ticketRequest())).rejects.toMatchObject({ code: 'worker.unavailable' })
  })

  test('loads its key once, and again after an abort', async () => {
    let loads = 0
    const artifacts: typeof loadTicketArtifacts = (options) => {
      loads++
      return loadTicketArtifacts(options)
    }
    prover = createTicketProver({ artifacts })
    await Promise.all([prover.warmUp(), prover.warmUp()])
    expect(loads).toBe(1)
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    await expect(prover.prove(ticketRequest(), { signal: controller.signal, onProgress })).rejects.toThrow('abort')
    await prover.warmUp()
    expect(loads).toBe(2)
  })

  test('passes on why its key could not be had', async () => {
    prover = createTicketProver({ artifacts: () => Promise.reject(new Error('offline')) })
    await expect(prover.warmUp()).rejects.toThrow('offline')
  })

  test('ends with what it is doing', async () => {
    prover = createTicketProver()
    const proving = prover.prove(ticketRequest(), { onProgress: (step) => step === 'proving' && prover.close() })
    await expect(proving).rejects.toMatchObject({ code: 'prover.closed' })
    await expect(prover.prove(ticketRequest())).rejects.toMatchObject({ code: 'prover.closed' })
  })
})
