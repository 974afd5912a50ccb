import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { openTaskRunner } from '../contracts/helpers/task-runner.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../helpers/network.ts'

// What the command line buys for an account, in that account's client.

let network: TestNetwork
let run: Awaited<ReturnType<typeof openTaskRunner>>
let alice: Client
const key = generatePrivateKey()
beforeAll(async () => {
  network = await startTestNetwork()
  const folder = join(network.folder, 'ignition')
  run = await openTaskRunner({ rpcUrl: network.rpcUrl, keys: [network.funder], folder })
  await writeFile(
    deploymentFile(),
    JSON.stringify({ ...network.deployment, deployedAtBlock: String(network.deployment.deployedAtBlock) }),
  )
  alice = await network.client({ key, ...deviceOf() })
})
afterAll(() => network.close())
const deploymentFile = () => join(network.folder, 'deployment.json')
afterEach(() => {
  vi.unstubAllEnvs()
})

async function make(act: 'buy' | 'stake', file: string, person: string | undefined, given = {}) {
  vi.stubEnv('PENNYPOST_PERSON', person)
  const path = join(network.folder, file)
  const lines = await run(act, { ...given, file: path, deployment: deploymentFile() })
  return { lines, text: await readFile(path, 'utf8') }
}

const changed = (text: string, change: object) => JSON.stringify({ ...JSON.parse(text), ...change })

describe('stamps of the command line', () => {
  let text: string
  test('are taken in by the client for whose person they were bought, once, and used', async () => {
    const bought = await make('buy', 'stamps.json', alice.person, { count: 5 })
    text = bought.text
    expect(bought.lines[0]).toBe('The client of this person takes it in with stamps.import.')
    await expect.poll(() => alice.stamps.import(text).catch(String), { timeout: 30_000 }).toMatchObject({ limit: 5 })
    await alice.stamps.import(text)
    expect(await alice.stamps.balance()).toMatchObject({ stamps: 5, books: [{ limit: 5 }] })

    const bob = await network.client()
    await bob.policy.set('stamp 1')
    const sent = await (await alice.conversations.new(bob.address)).send('gm', { postage: 'auto' })
    expect(sent).toMatchObject({ ok: true })
    expect((await alice.stamps.balance()).stamps).toBeLessThan(5)
  })

  test('are not taken in by another account, which would show their pseudonym', async () => {
    const bob = await network.client()
    await expect(bob.stamps.import(text)).rejects.toMatchObject({ code: 'note.foreign' })
    expect((await bob.stamps.balance()).stamps).toBe(0)
  })

  test('of nobody are said to be lost to clients before they are bought, and are', async () => {
    const { lines, text } = await make('buy', 'nobody.json', undefined, { count: 2 })
    expect(lines[0]).toMatch(/^PENNYPOST_PERSON is not set: .* no client can take it in\.$/)
    await expect(alice.stamps.import(text)).rejects.toMatchObject({ code: 'note.foreign' })
  })

  test('that were never bought are missing', async () => {
    vi.stubEnv('PENNYPOST_PERSON', alice.person)
    const { createNote, noteCommitment } = await import('../../sdk/notes/index.ts')
    const hex = (value: bigint) => value.toString(16).padStart(64, '0')
    const note = createNote(BigInt(`0x${alice.person}`))
    const fields = { secret: hex(note.secret), person: alice.person, commitment: hex(noteCommitment(note)) }
    await expect(alice.stamps.import(changed(text, fields))).rejects.toMatchObject({ code: 'note.missing' })
  })

  test.each<[string, (text: string) => string]>([
    ['no JSON', () => 'gm'],
    ['no object', () => '[]'],
    ['a stake', (text) => changed(text, { kind: 'stake' })],
    ['another secret', (text) => changed(text, { secret: '1'.repeat(64) })],
    ['no person', (text) => changed(text, { person: undefined })],
    ['no class', (text) => changed(text, { class: '1' })],
  ])('are refused in a file with %s', async (_, spoil) => {
    await expect(alice.stamps.import(spoil(text))).rejects.toMatchObject({ code: 'note.file-malformed' })
  })
})

describe('a stake of the command line', () => {
  test('is taken in, once, and gives tickets; only where it is safe from being used twice', async () => {
    const { lines, text } = await make('stake', 'stake.json', alice.person)
    expect(lines[0]).toBe('The client of this person takes it in with stakes.import.')
    await alice.stakes.import(text)
    await alice.stakes.import(text)
    const tickets = async () => (await alice.stakes.status()).tickets
    await expect.poll(tickets, { timeout: 30_000 }).toEqual([expect.objectContaining({ class: 1, left: 3 })])

    const unsafe = await network.client({ key }) // a client of the same account without a number of its own
    await expect(unsafe.stakes.import(text)).rejects.toMatchObject({ code: 'stake.unsafe' })
    const bob = await network.client(deviceOf())
    await expect(bob.stakes.import(text)).rejects.toMatchObject({ code: 'note.foreign' })
  })
})
