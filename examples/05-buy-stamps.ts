import { Client } from '@pennypost/sdk'
import { formatAmount, parseAmount } from '@pennypost/sdk/policy'
import { type Address, createPublicClient, createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

// Buys a book of stamps, and sends a letter with one of them. The chain learns who bought; nobody learns who wrote.

function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set.`)
  return value
}

const account = privateKeyToAccount(env('PRIVATE_KEY') as Hex)
const transport = http(env('RPC_URL'))
const client = await Client.create(account, {
  node: env('NODE_URL'),
  prover: env('PROVER_URL'),
  network: { chainId: 31_337, noteTree: env('NOTE_TREE') as Address, signers: [env('SIGNER') as Address] },
  chain: {
    publicClient: createPublicClient({ transport, pollingInterval: 100 }),
    walletClient: createWalletClient({ account, transport }),
    token: env('TOKEN') as Address,
    postage: env('POSTAGE') as Address,
  },
})

const { limit } = await client.stamps.buy({ count: 4, maxPrice: parseAmount('10', client) })
console.log(`bought ${limit} stamps`)
await client.stamps.prepare({ count: 1 }) // else the letter would wait for the log's next page

const conversation = await client.conversations.new(env('RECIPIENT'))
const sent = await conversation.send('gm, with a stamp', { maxPrice: parseAmount('2', client) })
console.log(
  sent.ok
    ? `delivered for ${formatAmount(sent.price, client)}; the path is ${sent.path}`
    : `${sent.code}: ${sent.message}`,
)
console.log(`stamps left: ${(await client.stamps.balance()).stamps}`)
await client.close()
