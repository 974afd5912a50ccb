import { Client } from '@pennypost/sdk'
import { explainFaking, explainRule, parseRule } from '@pennypost/sdk/policy'
import { privateKeyToAccount } from 'viem/accounts'

// Says what to ask of strangers. The account's connections need nothing.

const wallet = privateKeyToAccount(process.env.PRIVATE_KEY as `0x${string}`)
const client = await Client.create(wallet, { node: process.env.NODE_URL ?? 'http://127.0.0.1:5555' })

const rule = parseRule(process.env.RULE ?? 'stamp 2 or (stamp 1 and work 22)', client)
console.log(`You read a stranger if ${explainRule(rule, client)}.`)
for (const { condition, explanation } of explainFaking(rule, client))
  console.log(`to fake ${condition}: ${explanation}`)

const result = await client.policy.set(rule)
console.log(result.ok ? `in force, as version ${result.version}` : `${result.code}: ${result.message}`)
await client.close()
