import { once } from 'node:events'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseUnits } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex } from '../../../sdk/crypto/index.ts'
import { commands } from '../../../service/cli/commands.ts'
import { sealKeystore } from '../../../service/cli/keystore.ts'
import { createPeople, type Person, runCommand } from '../../helpers/command-line.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'

// The command line as people and scripts use it: processes, against a whole network.

let network: TestNetwork
let people: Awaited<ReturnType<typeof createPeople>>
let alice: Person
let bob: Person
beforeAll(async () => {
  network = await startTestNetwork()
  people = await createPeople(network)
  alice = people.person()
  bob = people.person()
  await network.fund(alice.key, parseUnits('100', 18))
  await bob.json('policy', 'set', 'stamp 1')
})
afterAll(async () => {
  await people.end()
  await network.close()
})

describe('a letter', () => {
  test('without a stamp is refused with what is missing, on stderr for people and as JSON for programs', async () => {
    const said = await alice.run('send', bob.address, 'gm')
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/stamp.*\(stamps\.missing\)\n$/) })
    const { code, out } = await alice.start('send', bob.address, 'gm', '--json').ended
    expect([code, JSON.parse(out)]).toEqual([1, expect.objectContaining({ ok: false, code: 'stamps.missing' })])
  })

  test('with one of the stamps that were bought is delivered, read and answered', async () => {
    expect(await alice.json('stamps', 'buy', '4', '--max-price', '10')).toMatchObject({ stamps: 4, isUsable: true })
    expect(await alice.json('stamps', 'balance')).toMatchObject({ account: alice.address, stamps: 4 })
    const quote = await alice.json('send', bob.address, '--quote')
    expect(quote).toMatchObject({
      ok: true,
      recipient: bob.address,
      path: 'sealed',
      stamps: 1,
      conditions: ['stamp 1'],
    })
    const sent = await alice.json('send', bob.address, 'gm', 'bob')
    expect(sent).toMatchObject({ ok: true, recipient: bob.address, path: 'sealed', price: quote.price })
    expect(await alice.json('stamps', 'balance')).toMatchObject({ stamps: 3 })

    const { conversations } = await bob.json('inbox')
    expect(conversations).toMatchObject([{ peer: alice.address, consent: 'unknown', newest: { text: 'gm bob' } }])
    expect(await bob.json('send', alice.address, 'gm alice')).toMatchObject({ ok: true, price: '0' })
    const { messages } = await alice.json('read', bob.address)
    expect(messages.map(({ sender, text }: { sender: string; text: string }) => [sender, text])).toEqual([
      [alice.address, 'gm bob'],
      [bob.address, 'gm alice'],
    ])
    expect((await alice.run('read', bob.address, '--limit', '1')).out).toMatch(
      new RegExp(`^\\d{4}-\\S+ \\S+ UTC ${bob.address}\n {4}gm alice\n$`),
    )
  })

  test('of many that are sent at once: no stamp is used twice, and all that were said to be delivered were', async () => {
    const readers = await Promise.all([0, 1, 2].map(() => network.client()))
    for (const reader of readers) await reader.policy.set('stamp 1')
    const { stamps: before } = await alice.json('stamps', 'balance')
    expect(before).toBe(3)
    const sent = await Promise.all(readers.map(({ address }) => alice.json('send', address, 'at once')))
    expect(sent).toEqual(readers.map(() => expect.objectContaining({ ok: true })))
    expect(await alice.json('stamps', 'balance')).toMatchObject({ stamps: 0 })
    for (const reader of readers) {
      const [letter] = await reader.conversations.list()
      expect((await letter?.messages())?.map(({ content }) => content)).toEqual(['at once'])
    }
  })
})
