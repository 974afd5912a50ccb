import { Client } from '@pennypost/sdk'
import { privateKeyToAccount } from 'viem/accounts'

// Reads all of an account's conversations and answers those in which the peer wrote last. Answering a letter is free.

const wallet = privateKeyToAccount(process.env.PRIVATE_KEY as `0x${string}`)
const client = await Client.create(wallet, { node: process.env.NODE_URL ?? 'http://127.0.0.1:5555' })

for (const conversation of await client.conversations.list()) {
  const messages = await conversation.messages()
  for (const { sender, sentAt, content, fallback } of messages) {
    console.log(`${sentAt.toISOString()} ${sender}: ${content ?? fallback}`)
  }
  if (messages.at(-1)?.sender !== conversation.peerAddress) continue
  const answer = await conversation.send('Thank you for your letter.')
  console.log(answer.ok ? `answered ${conversation.peerAddress}` : `${answer.code}: ${answer.message}`)
}
await client.close()
