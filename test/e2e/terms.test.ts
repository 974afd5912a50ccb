import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLaneRequest } from '../../sdk/codec/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import { type LightNetwork, startLightNetwork } from '../helpers/light-network.ts'
import { createRecording, type Recorded } from '../helpers/recording.ts'

// A node tells one client terms of its own, and looks for them in what comes back in nobody's name.

let network: LightNetwork
beforeAll(async () => {
  network = await startLightNetwork()
})
afterAll(() => network.close())

/** A way to the node that says other things of itself. */
function telling(lies: Record<string, unknown>, fetch: Fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init)
    if (!url.endsWith('/v1/info')) return response
    const { headers, status } = response
    return new Response(JSON.stringify({ ...((await response.json()) as object), ...lies }), { headers, status })
  }
}

const written = (sent: readonly Recorded[]) => sent.filter(({ url }) => /\/(publish|lanes)$/.test(url))

describe('a node that tells a client terms of its own', () => {
  test.each<[string, Record<string, unknown>]>([
    ['floor', { floor: 'everyone or work 1' }],
    ['floor', { floor: 'everyone or everyone' }],
    ['default rule', { defaultRule: 'nobody or connection or request or stamp 1' }],
    ['bits of a request', { requestBits: 5 }],
    ['number of decimals, so that everybody asks and pays 10^12 times as much', { decimals: 30 }],
    ['number of decimals, so that everybody asks for 10^12 times less', { decimals: 6 }],
  ])('is refused for another %s, before anything is signed or sent (%o)', async (_, lies) => {
    const recording = createRecording()
    const fetch = telling(lies, recording.fetch)
    await expect(network.client(0xa1, { fetch })).rejects.toMatchObject({ code: 'network.terms-differ' })
    expect(written(recording.sent)).toEqual([])
  })

  test('finds nothing of a life of lanes, a price or a class in the lanes that are opened', async () => {
    const bob = await network.client(0xb0)
    expect(await bob.policy.set('work 4')).toMatchObject({ ok: true })
    const frozen = Date.now() / 1000 // all of them begin in one second
    const opened: unknown[][] = []
    for (const laneTtl of [900, 960, 1020, 86_400]) {
      const recording = createRecording()
      const stampClasses = [{ number: 1, price: '0.5', unitsPerTicket: laneTtl % 7, laneTtl }]
      const fetch = telling({ stampClasses, checkpointSequence: String(laneTtl) }, recording.fetch)
      const alice = await network.client(0xa1, { fetch, now: () => frozen })
      const about = { context: { conversationId: String(laneTtl), metadata: {} } }
      const sent = await (await alice.conversations.new(bob.address, about)).send('gm')
      expect(sent).toMatchObject({ ok: true })
      const lanes = recording.sent
        .filter(({ url }) => url.endsWith('/v1/lanes'))
        .map(({ body }) => decodeLaneRequest(body))
      opened.push(
        lanes.map(({ units, expiresAt, evidence }) => [units, expiresAt, evidence.map((one) => one.condition)]),
      )
      await alice.close()
    }
    expect(opened[0]?.length).toBeGreaterThan(1)
    for (const lanes of opened) expect(lanes).toEqual(opened[0])
    expect(opened.flat().every((lane) => Number((lane as bigint[])[1]) % 3600 === 0)).toBe(true)
  })
})
