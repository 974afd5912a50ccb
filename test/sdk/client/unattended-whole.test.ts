import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { randomBytes, toHex } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type LightNetwork, startLightNetwork, textsOf } from '../../helpers/light-network.ts'
import { createRecording } from '../../helpers/recording.ts'

// Two clients and a node, and nothing made by hand: somebody writes to an account that has never heard of the network, whose owner comes a
// week later. The sender's own client hands out the key, without its user doing anything.

let network: LightNetwork
beforeAll(async () => {
  network = await startLightNetwork({ unattendedRule: parseRule('work 4') })
})
afterAll(() => network?.close())

const randomWallet = () => privateKeyToAccount(`0x${toHex(randomBytes(32))}`)
const memory = () => {
  const kept = new Map<string, Uint8Array>()
  return {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: Uint8Array) => void kept.set(key, value),
  }
}
const terms = () => ({ network: { requestBits: 1, unattendedRule: 'work 4' }, storage: memory() })

test('mail to somebody who has never heard of us is read, answered, and answered again', async () => {
  const [writer, reader] = [randomWallet(), randomWallet()]
  const ann = await network.client(writer, terms())
  const letter = await ann.conversations.new(reader.address)
  expect(await letter.quote({ maxEffort: 60 })).toMatchObject({ ok: true, path: 'sealed' })
  expect(await letter.send('Your loan ends.', { maxEffort: 60 })).toMatchObject({ ok: true })
  expect(await letter.send('In a week.')).toMatchObject({ ok: true, price: 0n })

  const ben = await network.client(reader, terms())
  await vi.waitFor(async () => expect(await textsOf(ben)).toEqual(['Your loan ends.', 'In a week.']), 90_000)
  const [read] = await ben.conversations.list()
  expect(read).toMatchObject({ peerAddress: writer.address, isRequest: true, path: 'sealed' })
  expect(read?.evidence.map(({ text }) => text)).toEqual(['work 4'])
  expect(await read?.send('Thank you.')).toMatchObject({ ok: true, price: 0n })
  await vi.waitFor(async () => expect(await textsOf(ann)).toContain('Thank you.'), 90_000)
  expect(await letter.send('You are welcome.')).toMatchObject({ ok: true, price: 0n })
  await vi.waitFor(async () => expect(await textsOf(ben)).toContain('You are welcome.'), 90_000)

  // Another client of each account has it all, and asks no trustee again.
  const recording = createRecording()
  const second = await network.client(reader, { ...terms(), fetch: recording.fetch, anonymousFetch: recording.fetch })
  await vi.waitFor(async () => expect(await textsOf(second)).toHaveLength(4), 90_000)
  expect(await second.unattended.list()).toEqual([])
  const topics = recording.take().flatMap(
    ({ bytes }) =>
      Buffer.from(bytes)
        .toString('latin1')
        .match(/xmtp\/0\/m-[^/]+/g) ?? [],
  )
  expect(new Set(topics).size).toBe(1) // the conversation's, not the channel's
  const other = await network.client(writer, terms())
  await vi.waitFor(async () => expect(await textsOf(other)).toHaveLength(4), 90_000)
})
