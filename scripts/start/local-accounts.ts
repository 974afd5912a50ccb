import type { Hex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { Client } from '../../sdk/index.ts'
import type { LocalOffer } from '../../service/node/index.ts'
import { must } from './cast.ts'
import type { LocalNetwork } from './network.ts'

/** An account that the app offers to whoever opens it, and how it comes to be what it is said to be. */
type Role = {
  readonly name: string
  readonly about: string
  readonly key: Hex
  readonly prepare: (client: Client) => Promise<unknown>
}

const stampCount = 8
const tokens = 20n * 10n ** 18n

/** Ann has stamps, Ben asks for one, and Cleo has yet to buy hers: one letter from each to another shows what there is to see. */
const roles = (): readonly Role[] => [
  {
    name: 'Ann',
    about: `Has ${stampCount} stamps.`,
    key: generatePrivateKey(),
    prepare: (client) => client.stamps.buy({ count: stampCount }),
  },
  {
    name: 'Ben',
    about: 'Asks strangers for a stamp.',
    key: generatePrivateKey(),
    prepare: async (client) => must(await client.policy.set('connection or stamp 1')),
  },
  {
    name: 'Cleo',
    about: 'Has no stamps, and takes requests, which cost some seconds of work.',
    key: generatePrivateKey(),
    prepare: async (client) => must(await client.policy.set('connection or request or stamp 1')),
  },
]

/** Accounts whose keys everybody who opens the app has. They are offered once they are prepared. */
export function createLocalAccounts() {
  const accounts = roles().map((role) => ({ ...role, address: privateKeyToAccount(role.key).address }))
  let offered: LocalOffer['accounts'] = []
  return {
    offered: () => offered,
    async prepare(network: LocalNetwork): Promise<void> {
      for (const { key, prepare } of accounts) await act(network, key, prepare)
      offered = accounts.map(({ name, about, key, address }) => ({ name, about, key, address }))
    },
  }
}

async function act(network: LocalNetwork, key: Hex, prepare: Role['prepare']): Promise<void> {
  await network.fund(key, tokens)
  const { node, prover, trust } = network
  const chain = network.chainOptions(key)
  const options = { node: node.url, prover: prover.url, network: trust, chain }
  const client = await Client.create(network.connect(key).account, options)
  try {
    await prepare(client)
  } finally {
    await client.close()
  }
}
