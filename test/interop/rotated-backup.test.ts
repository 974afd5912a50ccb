import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { signerOf } from '../helpers/accounts.ts'
import { type LightNetwork, startLightNetwork } from '../helpers/light-network.ts'
import { stock } from '../helpers/stock.ts'

let network: LightNetwork
let ours: Client

beforeAll(async () => {
  network = await startLightNetwork()
  ours = await network.client(0x11)
  await ours.policy.set('everyone')
  for (let i = 0; i < 3; i++) expect(await ours.policy.rotateKey()).toMatchObject({ ok: true })
})
afterAll(() => network?.close())

test.each([11, 12, 13] as const)(
  'the stock client %i logs in with a backup that holds keys for letters',
  async (version) => {
    const { Client: Stock } = stock[version]
    const options = { apiUrl: network.url, env: 'local', persistConversations: false }
    const [same, other] = [await Stock.create(signerOf(0x11), options), await Stock.create(signerOf(version), options)]
    const conversation = await other.conversations.newConversation(ours.address)
    await conversation.send('gm')
    const [received] = (await same.conversations.list()).filter(
      ({ peerAddress }: { peerAddress: string }) => peerAddress === other.address,
    )
    expect((await received.messages()).map(({ content }: { content: unknown }) => content)).toEqual(['gm'])
    expect((await network.client(0x11)).address).toBe(ours.address)
    expect(await (await network.client(0x11)).policy.rotateKey()).toMatchObject({ ok: true })
    await Promise.all([same.close(), other.close()])
  },
)
