import { formatEther } from 'viem'
import { generatePrivateKey } from 'viem/accounts'
import { stakeRegistryAbi } from '../../sdk/generated/abis.ts'
import { join, must, type Stage, short } from './cast.ts'
import { type Cheater, isAnnounced, isPublished, stakeToCheat, type Target } from './double-use.ts'
import type { LocalNetwork } from './network.ts'
import { tellFact, tellScene } from './page.ts'
import { until } from './until.ts'

const one = 10n ** 18n

/** Erin stakes, and writes until her tickets of the epoch are used up. */
export async function tellStakes({ network, bob }: Stage): Promise<void> {
  tellScene('Erin stakes tokens, and writes to Bob as often as her stake allows')
  must(await bob.policy.set('stake 1'))
  tellFact("Bob's policy", (await bob.policy.get()).text)
  const erin = await join(network, 200n)
  try {
    const made = await erin.stakes.stake({ maxAmount: 100n * one })
    await erin.stakes.prepare({ count: Number(made.limit) }) // else her letters would wait for regular pages of her log
    tellFact('deposit', `${formatEther(made.amount)} tokens, which come back; ${made.limit} tickets in every epoch`)
    for (let letter = 1; letter <= Number(made.limit); letter++) {
      const conversation = await erin.conversations.new(bob.address, {
        context: { conversationId: `letter ${letter}` },
      })
      const quote = await conversation.quote()
      must(await conversation.send(`Letter number ${letter}`))
      const price = quote.ok ? `for ${formatEther(quote.price)} tokens` : ''
      const { tickets } = await erin.stakes.status()
      tellFact(`letter ${letter}`, `delivered ${price}; tickets left: ${tickets[0]?.left}`)
    }
    const more = await erin.conversations.new(bob.address, { context: { conversationId: 'one too many' } })
    const refusal = await more.send('One more')
    if (refusal.ok || refusal.code !== 'stake.used-up')
      throw new Error(`Erin was not held back: ${JSON.stringify(refusal)}`)
    tellFact(refusal.code, refusal.message)
  } finally {
    erin.close()
  }
}

/** Mallory stakes, uses one ticket twice, and loses the stake. */
export async function tellCheat({ network, bob }: Stage): Promise<void> {
  tellScene('Mallory stakes too, and uses one ticket for two lanes')
  const key = generatePrivateKey()
  await network.fund(key, 200n * one)
  const mallory = await stakeToCheat(network, key)
  const { version } = await bob.policy.get()
  const target: Target = { recipient: bob.address, policyVersion: version, condition: 2 }
  tellFact('first use', await expectCode(mallory.use(0, target), 'accepted'))
  tellFact('second use', `${await expectCode(mallory.use(0, target), 'ticket.used')}: two points of one line`)
  await until(() => isPublished(network, mallory.secret))
  tellFact('the node', "computes the note's secret from both and publishes it, on a topic open to all")
  await showSlash(network, mallory)
  await until(() => isAnnounced(network, mallory.secret))
  tellFact('the next checkpoint', 'names the secret; every node computes all its tickets')
  await network.node.refresh()
  tellFact('another ticket', await expectCode(mallory.use(1, target), 'ticket.leaked'))
}

async function showSlash(network: LocalNetwork, { address, made }: Cheater): Promise<void> {
  const { publicClient } = network.connect(generatePrivateKey())
  const contract = { address: network.deployment.stakeRegistry, abi: stakeRegistryAbi } as const
  await until(
    async () => (await publicClient.readContract({ ...contract, functionName: 'stakeOf', args: [address] })).isSlashed,
  )
  const [slashed] = await publicClient.getContractEvents({
    ...contract,
    eventName: 'Slashed',
    args: { staker: address },
    fromBlock: made.block,
    strict: true,
  })
  if (!slashed) throw new Error('The slash left no event.')
  const { penalty, reward, reporter } = slashed.args
  tellFact('the prover', `slashes her on chain: ${formatEther(penalty)} of ${formatEther(made.amount)} tokens are lost`)
  tellFact(
    'burned',
    `${formatEther(penalty - reward)} tokens; ${formatEther(reward)} wait for the reporter ${short(reporter)}`,
  )
}

async function expectCode(attempt: Promise<string>, expected: string): Promise<string> {
  const code = await attempt
  if (code !== expected) throw new Error(`Expected ${expected}, and got ${code}.`)
  return code
}
