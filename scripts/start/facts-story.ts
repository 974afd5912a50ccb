import { type Address, formatEther } from 'viem'
import type { Client } from '../../sdk/index.ts'
import { join, must, type Stage, short } from './cast.ts'
import { deployCollection } from './collection.ts'
import { tellFact, tellScene } from './page.ts'

/** Bob is written to by whoever holds a token of a collection, without learning from the node who that is; others are told what helps. */
export async function tellFacts({ network, bob }: Stage): Promise<void> {
  tellScene('Bob lets any holder of a collection write to him')
  const [frank, gus] = [await join(network, 0n), await join(network, 0n)]
  try {
    const { address: collection, mint } = await deployCollection(network)
    await mint(frank.address)
    must(await bob.policy.set(`stamp 1 or holds eip155:31337/erc721:${collection}`))
    const { text, explanation } = await bob.policy.get()
    tellFact('policy', text)
    tellFact('in words', explanation)
    await refuseWithout(gus, bob.address)
    await writeWith(frank, { to: bob.address, fact: `holds eip155:31337/erc721:${collection}` })
    await expectUntrue(gus, `holds eip155:31337/erc721:${collection}`)
    await readFrom(bob, frank.address)
  } finally {
    await Promise.all([frank.close(), gus.close()])
  }
}

async function refuseWithout(gus: Client, to: Address): Promise<void> {
  const conversation = await gus.conversations.new(to)
  const quote = await conversation.quote()
  if (!quote.ok) throw new Error(quote.message)
  tellFact('quote for Gus', `${quote.explanation}: ${formatEther(quote.price)} token, and he has ${quote.held.stamps}`)
  const refusal = await conversation.send('Dear Bob, I own nothing.')
  if (refusal.ok || refusal.code !== 'stamps.missing')
    throw new Error(`Gus was not refused: ${JSON.stringify(refusal)}`)
  tellFact(refusal.code, `${refusal.message} Or: ${refusal.missing.at(-1)?.explanation}`)
}

async function writeWith(frank: Client, { to, fact }: { readonly to: Address; readonly fact: string }): Promise<void> {
  const { expiresAt } = await frank.facts.obtain(fact)
  tellFact(
    'Frank',
    `holds one; the issuer signs a note for him, good until ${new Date(expiresAt * 1000).toISOString()}`,
  )
  const started = performance.now()
  must(await (await frank.conversations.new(to)).send('Dear Bob, I own a bird.'))
  tellFact(
    'delivered',
    `after ${((performance.now() - started) / 1000).toFixed(1)} s, free; the node learns that a holder wrote`,
  )
}

async function expectUntrue(gus: Client, fact: string): Promise<void> {
  const reason = await gus.facts.obtain(fact).then(
    () => 'issued',
    (error: { reason?: string }) => error.reason,
  )
  tellFact(`${reason}`, 'what the issuer tells Gus, who asks for the same note')
  if (reason !== 'fact.not-so') throw new Error(`Gus was answered ${reason}.`)
}

async function readFrom(bob: Client, from: Address): Promise<void> {
  const conversation = (await bob.conversations.list()).find(({ peerAddress }) => peerAddress === from)
  const [message] = (await conversation?.messages()) ?? []
  if (!message) throw new Error('Bob has no letter of Frank.')
  tellFact(`from ${short(from)}`, `“${message.content}”`)
}
