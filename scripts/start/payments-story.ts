import { formatEther, parseEther } from 'viem'
import type { Client } from '../../sdk/index.ts'
import { join, must, type Stage, short } from './cast.ts'
import { tellFact, tellScene } from './page.ts'

const days = 86_400

/** Letters that are paid for by name; one is called fine, one spam, and nobody says anything about the third. */
export async function tellPayments({ network, bob }: Stage): Promise<void> {
  tellScene('Bob lets in strangers who pay in their own name')
  must(await bob.policy.set('postage 0.1 and bond 2 and tip 0.5'))
  const { text, explanation } = await bob.policy.get()
  tellFact('policy', text)
  tellFact('in words', explanation)

  const [dora, spammer, gail] = [await join(network, 20n), await join(network, 20n), await join(network, 20n)]
  try {
    tellScene('Dora pays for a letter, and Bob is glad of it')
    await pay(dora, bob, 'Dear Bob, a proposal, with a tip for your time.')
    await settle(bob, dora, 'fine')
    const back = await dora.payments.refund()
    tellFact('back to Dora', `${formatEther(back.amount)} tokens: her bond`)

    tellScene('Somebody else pays as much for an advertisement')
    await pay(spammer, bob, 'BUY NOW')
    await settle(bob, spammer, 'spam')
    await pay(spammer, bob, 'BUY NOW, I SAID')
    const [state] = await bob.payments.look(await letterFrom(bob, spammer, 1))
    if (!state) throw new Error('The second advertisement was not paid for.')
    const { fine, spam } = state.burnRatio
    tellFact('the next one', `comes with the sender's record: ${spam} of ${fine + spam} letters called spam`)

    tellScene('Gail pays too, and Bob never says a word')
    await pay(gail, bob, 'Are you there?')
    const refund = await network.later(15 * days, () => gail.payments.refund())
    tellFact('two weeks later', `${formatEther(refund.amount)} tokens come back: bond and tip; the postage does not`)
  } finally {
    for (const client of [dora, spammer, gail]) client.close()
  }
}

async function pay(sender: Client, to: Client, text: string): Promise<void> {
  const conversation = await sender.conversations.new(to.address, { context: { conversationId: text } })
  const options = { payment: true, maxPrice: parseEther('1'), maxBond: parseEther('2') } as const
  const quote = await conversation.quote(options)
  if (!quote.ok || !quote.payment) throw new Error('There is no price for a letter.')
  const { base, bond, tip } = quote.payment
  tellFact('paid', `${formatEther(base)} of postage, ${formatEther(tip)} for Bob, ${formatEther(bond)} as a bond`)
  must(await conversation.send(text, options))
}

async function settle(bob: Client, sender: Client, verdict: 'fine' | 'spam'): Promise<void> {
  const letter = await letterFrom(bob, sender, 0)
  const [message] = await letter.messages()
  tellFact(`from ${short(sender.address)}`, `“${message?.content}”`)
  await bob.payments.settle(letter, verdict)
  const [state] = await bob.payments.look(letter)
  if (!state?.isSettled) throw new Error('The verdict is not on the chain.')
  const bond = verdict === 'fine' ? 'goes back' : 'is burned'
  tellFact(
    `Bob says ${verdict}`,
    `and gets ${formatEther(state.tip)} tokens; the bond of ${formatEther(state.bond)} ${bond}`,
  )
}

async function letterFrom(bob: Client, sender: Client, number: number) {
  const all = (await bob.conversations.list()).filter(({ peerAddress }) => peerAddress === sender.address)
  const letter = all.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())[number]
  if (!letter) throw new Error('The letter did not arrive.')
  return letter
}
