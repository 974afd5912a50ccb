import { Client } from '@pennypost/sdk'
import { formatAmount, parseAmount, parseRule } from '@pennypost/sdk/policy'
import { type Address, createPublicClient, createWalletClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

// A reader asks for postage and a bond; a stranger pays for a letter in its own name; the reader's verdict decides the bond's fate.

function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set.`)
  return value
}

const transport = http(env('RPC_URL'))

async function connect(key: string): Promise<Client> {
  const account = privateKeyToAccount(key as Hex)
  const publicClient = createPublicClient({ transport, pollingInterval: 100 })
  const walletClient = createWalletClient({ account, transport })
  const chain = { publicClient, walletClient, token: env('TOKEN') as Address, payments: env('PAYMENTS') as Address }
  const network = { chainId: 31_337, noteTree: env('NOTE_TREE') as Address, signers: [env('SIGNER') as Address] }
  return Client.create(account, { node: env('NODE_URL'), prover: env('PROVER_URL'), network, chain })
}

const [sender, reader] = [await connect(env('PRIVATE_KEY')), await connect(env('READER_KEY'))]
await reader.policy.set(parseRule('postage 0.1 and bond 2', reader))

const conversation = await sender.conversations.new(reader.address)
const limits = { payment: true, maxPrice: parseAmount('0.5', sender), maxBond: parseAmount('2', sender) }
const sent = await conversation.send('May I ask you something?', limits)
console.log(sent.ok ? `paid ${formatAmount(sent.price, sender)}` : `${sent.code}: ${sent.message}`)

for (const letter of await reader.conversations.list()) {
  for (const { bond, burnRatio } of await reader.payments.look(letter)) {
    console.log(`bond ${formatAmount(bond, reader)}, spam so far: ${burnRatio.spam}`)
  }
  await reader.payments.settle(letter, 'fine')
}
console.log(`back: ${formatAmount((await sender.payments.refund()).amount, sender)}`)
await Promise.all([sender.close(), reader.close()])
