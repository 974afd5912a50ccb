import type { Client } from '@pennypost/sdk'

/** The attestation service on the chain, what is attested, by whom, and a test such as `score >= 40`. */
type Wanted = { readonly service: string; readonly schema: string; readonly attester: string; readonly where: string }

/** Whoever has an attestation may write, if a field of it says what the reader wants. */
export async function attested(reader: Client, sender: Client, { service, schema, attester, where }: Wanted) {
  const fact = `attested eip155:31337:${service} schema ${schema} from ${attester} where ${where}`
  await reader.policy.set(fact)
  await sender.facts.obtain(fact)
  const conversation = await sender.conversations.new(reader.address)
  return await conversation.send('gm')
}
