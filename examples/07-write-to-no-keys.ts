import { Client } from '@pennypost/sdk'
import { formatAmount, parseAmount } from '@pennypost/sdk/policy'
import { type Address, createPublicClient, createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

// Writes to an account that has never used any of this. TRUSTEES says who keeps the key of the letter until its owner comes: nobody but
// the sender's own clients, one provider, or several of which more than half are enough.

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

const trustees = (process.env.TRUSTEES ?? '').split(',').filter((address) => address)
const escrow = trustees.length > 0 ? { trustees } : 'sender'
const conversation = await client.conversations.new(env('RECIPIENT'))
const quote = await conversation.quote({ escrow })
if (!quote.ok) throw new Error(quote.message)
await client.stamps.buy({ count: quote.stamps, maxPrice: parseAmount('20', client) })
await client.stamps.prepare({ count: quote.stamps }) // else the letter would wait for the log's next page
const { escrow: kind, threshold, keptUntil } = quote.unattended ?? {}
console.log(`kept by: ${kind} (${threshold} of ${Math.max(trustees.length, 1)})`)

const sent = await conversation.send('Your loan ends in a week.', { escrow, quote })
console.log(sent.ok ? `left for ${formatAmount(sent.price, client)}` : `${sent.code}: ${sent.message}`)
console.log(`waits until ${new Date((keptUntil ?? 0) * 1000).toISOString().slice(0, 4)}`)
await client.close()
