import { Client } from '@pennypost/sdk'
import type { Address, Hex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

// Has a fact attested, and writes to somebody who asks for it. The issuer learns the account; the node does not.

function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set.`)
  return value
}

const client = await Client.create(privateKeyToAccount(env('PRIVATE_KEY') as Hex), {
  node: env('NODE_URL'),
  prover: env('PROVER_URL'),
  network: { chainId: 31_337, noteTree: env('NOTE_TREE') as Address, signers: [env('SIGNER') as Address] },
})

const { condition, issuers } = await client.facts.obtain(env('FACT'))
console.log(`${condition}: attested by ${issuers}`)

const conversation = await client.conversations.new(env('RECIPIENT'))
const sent = await conversation.send('gm, as it is so')
console.log(sent.ok ? `delivered; the path is ${sent.path}` : `${sent.code}: ${sent.message}`)
await client.close()
