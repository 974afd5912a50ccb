import { Client } from '@pennypost/sdk'
import { privateKeyToAccount } from 'viem/accounts'

const wallet = privateKeyToAccount(process.env.PRIVATE_KEY as `0x${string}`)
const client = await Client.create(wallet, { node: process.env.NODE_URL ?? 'http://127.0.0.1:5555' })

const conversation = await client.conversations.new(process.env.RECIPIENT ?? '')
const quote = await conversation.quote()
if (quote.ok) console.log(`${quote.explanation}; the path is ${quote.path}`)

const result = await conversation.send('gm', { postage: 'auto' })
console.log(result.ok ? `delivered: ${result.id}` : `${result.code}: ${result.message}`)
await client.close()
