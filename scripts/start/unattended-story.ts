import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { formatEther } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { Client } from '../../sdk/index.ts'
import { noticeOf } from '../../sdk/payments/index.ts'
import { join, must, type Stage, short } from './cast.ts'
import { dim, tellFact, tellPicture, tellScene } from './page.ts'
import { startLyingTrustee, startTrusteeProcess, type TrusteeProcess } from './trustee-process.ts'
import { until } from './until.ts'

type Trustees = readonly [TrusteeProcess, TrusteeProcess, Omit<TrusteeProcess, 'restart'>]

/** Somebody who has never used any of this gets mail, learns of it from the wallet, and reads and answers it a week later. */
export async function tellUnattended(stage: Stage): Promise<void> {
  const { network } = stage
  const folder = await mkdtemp(joinPath(tmpdir(), 'pennypost-trustees-'))
  const ida = privateKeyToAccount(generatePrivateKey())
  const hal = await join(network, 40n)
  const trustees: Trustees = await Promise.all([
    startTrusteeProcess(network, joinPath(folder, 'first')),
    startTrusteeProcess(network, joinPath(folder, 'second')),
    startLyingTrustee(network),
  ])
  try {
    await tellNotice(stage, hal, ida.address)
    await tellLetters(hal, ida.address, trustees)
    const reader = await tellWaiting(stage, ida, trustees)
    try {
      await tellReading({ hal, reader })
    } finally {
      await reader.close()
    }
  } finally {
    await hal.close()
    await Promise.all(trustees.map((trustee) => trustee.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** The chain tells the account that mail waits. */
async function tellNotice({ network }: Stage, hal: Client, ida: Client['address']): Promise<void> {
  tellScene('Ida has never heard of any of this, and is told that mail waits')
  const sent = await hal.notices.send(ida)
  tellFact('told', `${ida}, for ${formatEther(sent.cost)} tokens, burned`)
  tellFact('or by a link', await hal.notices.link(ida))
  const { publicClient } = network.connect(generatePrivateKey())
  const { metadata } = await noticeOf({ public: publicClient, notice: network.deployment.notice, recipient: ida })
  if (!metadata) throw new Error('The notice has no picture.')
  tellFact('its wallet shows', metadata.name)
  tellFact('and says', metadata.description)
  tellPicture(textsOf(metadata.svg))
  tellFact('the picture', dim(`${metadata.svg.length} bytes of SVG, made by the contract; not a word is the sender's`))
}

/** The words in a picture. */
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text)

/** Two letters: the key of one is shared out, that of the other stays with the sender. */
async function tellLetters(hal: Client, ida: string, trustees: Trustees): Promise<void> {
  tellScene('Hal writes to Ida, who has published no keys')
  await hal.stamps.buy({ count: 8 })
  await hal.stamps.prepare({ count: 4 }) // else the second letter would wait for the next page of his log
  const letter = await hal.conversations.new(ida)
  const escrow = { trustees: trustees.map(({ address }) => address), threshold: 2 }
  const quote = await letter.quote({ escrow })
  if (!quote.ok) throw new Error(quote.message)
  tellFact('quote', `${quote.explanation}: ${formatEther(quote.price)} tokens`)
  const days = Math.round(((quote.unattended?.keptUntil ?? 0) - Date.now() / 1000) / 86_400)
  tellFact('its key', `shared out among 3 trustees, any 2 of which give it; kept for ${days} days`)
  must(await letter.send('Your loan is about to be liquidated.', { escrow, quote }))
  tellFact('left', 'when all 3 had signed that they hold their shares')
  const other = await hal.conversations.new(ida, { context: { conversationId: 'kept-by-the-sender' } })
  must(await other.send('And this one I keep the key of myself.'))
  tellFact('another letter', 'whose key stays with Hal, whose client will hand it out by itself')
}

/** The account appears while one trustee is dead and another lies. */
async function tellWaiting(
  { network }: Stage,
  ida: ReturnType<typeof privateKeyToAccount>,
  [first, , liar]: Trustees,
): Promise<Client> {
  tellScene('A week later Ida comes, with nothing but her wallet')
  await first.kill()
  tellFact('kill -9', `the trustee ${short(first.address)} is gone`)
  let signatures = 0
  const wallet = {
    address: ida.address,
    signMessage: ida.signMessage,
    signTypedData: (typed: Parameters<typeof ida.signTypedData>[0]) => {
      signatures++
      return ida.signTypedData(typed)
    },
  }
  const { node, prover, trust } = network
  const reader = await Client.create(wallet as typeof ida, { node: node.url, prover: prover.url, network: trust })
  const waitingFor = async () => (await reader.unattended.list()).flatMap((mail) => mail.trustees)
  await until(async () => (await waitingFor()).some(({ state }) => state === 'wrong'))
  const waiting = await waitingFor()
  for (const { address, state, code } of waiting)
    tellFact(short(address ?? 'the sender'), code ? `${state} (${code})` : state)
  if (!waiting.some(({ address, state }) => address === liar.address && state === 'wrong'))
    throw new Error(`The liar ${liar.address} was not named.`)
  tellFact('2 are needed', 'so the letter waits; Ida sees whom it waits for')
  await first.restart()
  tellFact('it is back', 'with what it had stored, and answers')
  tellFact('the wallet signed', `${signatures} release for all that waited`)
  return reader
}

async function tellReading({ hal, reader }: { readonly hal: Client; readonly reader: Client }): Promise<void> {
  await until(async () => (await reader.conversations.list()).length === 2)
  tellScene('Ida reads, and answers free of charge')
  const conversations = await reader.conversations.list()
  for (const conversation of conversations) {
    const [message] = await conversation.messages()
    tellFact(`from ${short(conversation.peerAddress)}`, `“${message?.content}”`)
    if (conversation.peerAddress !== hal.address) throw new Error('Ida reads a sender other than Hal.')
  }
  must((await conversations[0]?.send('Thank you, I have seen to it.')) ?? { ok: false })
  await until(async () => (await lastOf(hal)).includes('Thank you, I have seen to it.'))
  tellFact(`to ${short(hal.address)}`, '“Thank you, I have seen to it.”')
}

/** The last message of each conversation. */
async function lastOf(client: Client): Promise<unknown[]> {
  const all = await client.conversations.list()
  return Promise.all(all.map(async (conversation) => (await conversation.messages()).at(-1)?.content))
}
