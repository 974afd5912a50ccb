import { parseUnits } from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTrustee } from '../../../service/trustee/index.ts'
import { createPeople, type Person, runHere } from '../../helpers/command-line.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'

knowSetup()

// The command line against a whole network; as processes where it is about them.

const stranger = '0x937C0d4a6294cdfa575de17382c7076b579DC176'

let network: TestNetwork
let people: Awaited<ReturnType<typeof createPeople>>
let alice: Person
let bob: Person
beforeAll(async () => {
  network = await startTestNetwork()
  people = await createPeople(network)
  alice = people.person()
  bob = people.person()
  await network.fund(alice.key, parseUnits('100', 18))
  await bob.json('policy', 'set', 'stamp 1')
})
afterAll(async () => {
  await people.end()
  await network.close()
})

test('a letter to an account without keys waits, with its key kept by whom one says', async () => {
  const writer = people.person()
  await network.fund(writer.key, parseUnits('20', 18))
  await writer.json('stamps', 'buy', '8', '--max-price', '10')
  const trustee = await startTrustee({
    node: network.node.url,
    network: network.trust.name,
    requestBits: network.trust.requestBits,
    signers: [network.prover.signer],
    rule: 'everyone',
    dataDir: undefined,
    metricsPort: 0,
    logLevel: 'silent',
  })
  const [one, two] = [generatePrivateKey(), generatePrivateKey()].map((key) => privateKeyToAddress(key))
  const kept = { escrow: 'managed', threshold: 1, trustees: [trustee.address], keptUntil: expect.any(String) }
  const args = ['send', one ?? '', '--trustees', trustee.address] as const
  expect(await writer.json(...args, '--quote')).toMatchObject({ stamps: 2, unattended: kept })
  expect(await writer.json(...args, 'gm')).toMatchObject({ ok: true, unattended: kept })
  const said = await writer.run('send', two ?? '', 'gm')
  expect(said).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Waits for .* kept by sender \(a client of yours/),
  })
  expect(await writer.run('send', two ?? '', 'gm', '--enough', '2')).toMatchObject({ code: 2 })
  await trustee.close()
})

const heldBy = (address: `0x${string}`) => network.connect(generatePrivateKey()).publicClient.getBalance({ address })

test('a letter to an account without keys is told of with the same command', async () => {
  const writer = people.person()
  await network.fund(writer.key, parseUnits('20', 18))
  await writer.json('stamps', 'buy', '8', '--max-price', '10')
  const [one, two] = [generatePrivateKey(), generatePrivateKey()].map((key) => privateKeyToAddress(key)) as [
    `0x${string}`,
    `0x${string}`,
  ]
  const told = ['--notify', 'transfer', '--max-notify', '0.1'] as const
  expect(await writer.json('send', one, '--quote', ...told)).toMatchObject({ notice: { ether: expect.any(String) } })
  expect(await heldBy(one)).toBe(0n)
  const notice = { ok: true, ether: expect.any(String), hash: expect.any(String) }
  expect(await writer.json('send', one, 'gm', ...told)).toMatchObject({ ok: true, notice })
  expect(await heldBy(one)).toBe(1n)
  const again = await writer.json('send', one, 'gm', ...told)
  expect(again).toMatchObject({ ok: false, code: 'notice.not-for-this' })
  expect(await writer.run('send', two, 'gm', '--max-notify', '1')).toMatchObject({ code: 2 })
  const said = await writer.run('send', two, 'gm', '--notify', 'token')
  expect(said).toMatchObject({ code: 0, out: expect.stringMatching(/ The account was told for 5 tokens\.\n$/) })
})

describe('a letter', () => {
  test('without a stamp is refused with what is missing, on stderr for people and as JSON for programs', async () => {
    const said = await alice.run('send', bob.address, 'gm')
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/stamp.*\(stamps\.missing\)\n$/) })
    const { code, out } = await alice.run('send', bob.address, 'gm', '--json')
    expect([code, JSON.parse(out)]).toEqual([1, expect.objectContaining({ ok: false, code: 'stamps.missing' })])
  })

  test('with one of the stamps that were bought is delivered, read and answered', async () => {
    expect(await alice.json('stamps', 'buy', '6', '--max-price', '10')).toMatchObject({ stamps: 6, isUsable: true })
    expect(await alice.json('stamps', 'balance')).toMatchObject({ account: alice.address, stamps: 6 })
    const quote = await alice.json('send', bob.address, '--quote')
    expect(quote).toMatchObject({
      ok: true,
      recipient: bob.address,
      path: 'sealed',
      stamps: 1,
      conditions: ['stamp 1'],
    })
    const sent = await alice.json('send', bob.address, 'gm', 'bob')
    expect(sent).toMatchObject({ ok: true, recipient: bob.address, path: 'sealed', price: quote.price })
    expect(await alice.json('stamps', 'balance')).toMatchObject({ stamps: 5 })

    const { conversations } = await bob.json('inbox')
    expect(conversations).toMatchObject([{ peer: alice.address, consent: 'unknown', newest: { text: 'gm bob' } }])
    expect(await bob.json('send', alice.address, 'gm alice')).toMatchObject({ ok: true, price: '0' })
    const { messages } = await alice.json('read', bob.address)
    expect(messages.map(({ sender, text }: { sender: string; text: string }) => [sender, text])).toEqual([
      [alice.address, 'gm bob'],
      [bob.address, 'gm alice'],
    ])
    expect((await alice.run('read', bob.address, '--limit', '1')).out).toMatch(
      new RegExp(`^\\d{4}-\\S+ \\S+ UTC ${bob.address}\n {4}gm alice\n$`),
    )
  })

  test('of many that are sent at once: no stamp is used twice, and all that were said to be delivered were', async () => {
    const readers = await Promise.all([0, 1].map(() => network.client()))
    for (const reader of readers) await reader.policy.set('stamp 1')
    const { stamps: before } = await alice.json('stamps', 'balance')
    expect(before).toBe(5)
    const commands = readers.map(({ address }) => alice.start('send', address, 'at once', '--json').ended)
    const sent = (await Promise.all(commands)).map(({ out }) => JSON.parse(out))
    expect(sent).toEqual(readers.map(() => expect.objectContaining({ ok: true })))
    expect(await alice.json('stamps', 'balance')).toMatchObject({ stamps: 3 })
    for (const reader of readers) {
      const [letter] = await reader.conversations.list()
      expect((await letter?.messages())?.map(({ content }) => content)).toEqual(['at once'])
    }
  })
})

describe('a reader', () => {
  test('says who may write, connects, and blocks', async () => {
    const carol = people.person()
    expect(await carol.json('policy', 'get')).toMatchObject({ address: carol.address, version: 1 })
    const published = await carol.json('policy', 'set', 'connection', 'or', 'stamp', '9')
    expect(published).toMatchObject({ ok: true, rule: 'connection or stamp 9', version: 2 })
    expect(await bob.json('policy', 'get', carol.address)).toMatchObject({ rule: 'connection or stamp 9', version: 2 })
    expect(await bob.json('send', carol.address, 'gm')).toMatchObject({ ok: false, code: 'stamps.missing' })

    await bob.json('policy', 'set', 'everyone')
    expect(await carol.json('connect', bob.address, '--days', '30')).toEqual({
      ok: true,
      peer: bob.address,
      isConnected: true,
    })
    expect((await bob.json('inbox')).conversations).toHaveLength(2) // reads the connection
    expect(await bob.json('send', carol.address, 'gm carol')).toMatchObject({ ok: true, price: '0' })
    expect((await carol.json('read', bob.address)).messages).toMatchObject([{ text: 'gm carol' }])
    expect(await carol.json('connect', bob.address, '--revoke')).toMatchObject({ ok: true, isConnected: false })

    expect(await carol.json('block', bob.address)).toMatchObject({ ok: true, isBlocked: true })
    expect((await carol.json('inbox')).conversations).toEqual([])
    expect((await carol.json('inbox', '--all')).conversations).toMatchObject([{ peer: bob.address, consent: 'denied' }])
    expect(await carol.json('block', bob.address, '--undo')).toMatchObject({ ok: true, isBlocked: false })
    expect((await carol.json('inbox')).conversations).toMatchObject([{ peer: bob.address, consent: 'allowed' }])
  })

  test('takes everything along, one conversation in each line, and no key', async () => {
    const { code, out } = await bob.run('export')
    expect(code).toBe(0)
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const texts = lines.map(({ messages }) => messages.map(({ text }: { text: string }) => text))
    expect(texts).toContainEqual(['gm bob', 'gm alice'])
    expect(lines.every(({ account }) => account === bob.address)).toBe(true)
    expect(out).not.toContain(bob.key.slice(2))
  })

  test('watches while other commands of the account run, and ends quietly when nobody reads any more', async () => {
    const writer = await network.client()
    const letter = await writer.conversations.new(bob.address)
    expect(await letter.send('before')).toMatchObject({ ok: true })
    expect(await bob.json('send', writer.address, 'I read you')).toMatchObject({ ok: true }) // joins
    const { said, child, ended } = bob.start('watch', '--json')
    const closed = bob.start('watch')
    closed.child.stdout?.once('data', () => closed.child.stdout?.destroy()) // as head -1 does
    await vi.waitFor(
      async () => {
        await letter.send('tick')
        expect([said.out.includes('"tick"'), closed.child.exitCode]).toEqual([true, 0])
      },
      { timeout: 60_000, interval: 500 },
    )
    expect(closed.said.err).toBe('')
    expect(await bob.json('inbox')).toMatchObject({ account: bob.address }) // beside the one that watches
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, err: '' })
    for (const line of said.out.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ topic: letter.topic })
  })
})

describe('money', () => {
  test('that was paid for a letter is looked at, settled and fetched back', async () => {
    await bob.json('policy', 'set', 'postage 0.1 and bond 2')
    const payer = people.person()
    await network.fund(payer.key, parseUnits('10', 18))
    const refused = await payer.json('send', bob.address, 'May I?')
    expect(refused).toMatchObject({ ok: false, code: 'payment.not-allowed' })
    const limits = ['--payment', '--max-price', '0.5', '--max-bond']
    expect(await payer.json('send', bob.address, 'May I?', ...limits, '1')).toMatchObject({ code: 'bond.too-high' })
    const sent = await payer.json('send', bob.address, 'May I?', ...limits, '2')
    expect(sent).toMatchObject({ ok: true, price: '0.1' })
    expect((await bob.json('pay', 'look', payer.address)).payments).toMatchObject([
      { base: '0.1', bond: '2', tip: '0', isPaid: true, isSettled: false, fine: 0, spam: 0 },
    ])
    await network.fund(bob.key, 0n)
    expect(await bob.json('pay', 'settle', payer.address, 'fine')).toMatchObject({ ok: true, verdict: 'fine' })
    expect((await payer.json('pay', 'list')).payments).toMatchObject([{ recipient: bob.address, fine: 1, due: '2' }])
    expect(await payer.json('pay', 'refund')).toEqual({ ok: true, amount: '2' })
    expect((await payer.json('pay', 'list')).payments).toMatchObject([{ due: '0' }])
    expect(await bob.json('pay', 'look', stranger)).toMatchObject({ ok: false, code: 'letter.missing' })
  })

  test('is at stake only for a device with a number, and for no more than was allowed', async () => {
    const staker = people.person()
    await network.fund(staker.key, parseUnits('250', 18))
    expect(await staker.json('stake', 'deposit')).toMatchObject({ ok: false, code: 'stake.unsafe' })
    const deposit = ['stake', 'deposit', '--device', '0/1', '--max-amount']
    expect(await staker.json(...deposit, '99')).toMatchObject({ ok: false })
    const { hash, ...made } = await staker.json(...deposit, '100')
    expect(made).toMatchObject({ ok: true, amount: '100', tickets: 3, isUsable: true })
    expect(await staker.json('stake', 'status')).toMatchObject({
      stake: { class: 1, amount: '100', exitAt: null, isSlashed: false },
    })
    expect(await staker.json(...deposit, '100')).toMatchObject({ ok: true, amount: '100', tickets: 3, hash })
    expect(await staker.json('stake', 'status')).toMatchObject({ stake: { amount: '100' } })
    expect(await staker.json('stake', 'exit')).toMatchObject({
      ok: true,
      exitAt: expect.any(String),
    })
  })

  test('at stake gives tickets that a run sets aside, and leaves to the next where it does not use them', async () => {
    const staker = people.person()
    await network.fund(staker.key, parseUnits('100', 18))
    expect(await staker.json('stake', 'deposit', '--device', '0/1')).toMatchObject({ ok: true, tickets: 3 })
    await bob.json('policy', 'set', 'stake 1')
    for (let runs = 0; runs < 4; runs++) {
      const quote = await staker.json('send', bob.address, '--quote', '--device', '0/1')
      expect(quote).toMatchObject({ ok: true, conditions: ['stake 1'], price: '0' })
    }
    expect(await staker.json('send', bob.address, 'gm', '--device', '0/1')).toMatchObject({ ok: true, price: '0' })
  })

  test('tells an address that mail waits', async () => {
    const told = await alice.json('notify', stranger, '--max-price', '20')
    expect(told).toMatchObject({ ok: true, recipient: stranger, count: 1 })
  })

  test('tells an address by a transfer of a link, or shows that', async () => {
    const recipient = privateKeyToAddress(generatePrivateKey())
    const link = `https://pennypost.example/mail.html#for=${recipient}`
    const page = ['--mail-page', 'https://pennypost.example/mail.html'] as const
    expect(await alice.run('notify', recipient, '--by', 'link', ...page)).toMatchObject({ code: 0, out: `${link}\n` })
    const by = ['notify', recipient, '--by', 'transfer', ...page] as const
    expect(await alice.json(...by, '--quote')).toEqual({
      ok: true,
      recipient,
      ether: expect.stringMatching(/^0\.0*\d/),
    })
    expect(await alice.json(...by, '--max-price', '0.00000001')).toMatchObject({ code: 'transfer.cost-too-high' })
    expect(await heldBy(recipient)).toBe(0n)
    const told = await alice.json(...by, '--max-price', '0.1')
    expect(told).toMatchObject({ ok: true, recipient, link, hash: expect.stringMatching(/^0x/) })
    expect(await heldBy(recipient)).toBe(1n)
    expect(await alice.run(...by.slice(0, 3), 'phone')).toMatchObject({ code: 2 })
  })
})

test('whoever interrupts while a ticket is proved ends with 130, and spends nothing twice', async () => {
  const isProving = (text: string) => /proving key|proves/.test(text)
  const atTerminal = (shown: string, interrupt: () => void) => isProving(shown) && interrupt()
  const interruptOne = async () => {
    const reader = await network.client()
    await reader.policy.set('stamp 1')
    const { stamps } = await alice.json('stamps', 'balance')
    const said = await runHere(['send', reader.address, 'interrupted'], { env: alice.env, atTerminal })
    expect(isProving(said.err)).toBe(true)
    return { reader, before: stamps, said }
  }
  let last = await interruptOne()
  // On a busy machine a letter may be out before its sender is heard.
  for (let more = 0; more < 3 && last.said.code === 0; more++) last = await interruptOne()
  const { reader, before, said } = last
  expect(said).toMatchObject({ code: 130, out: '' })
  expect(await reader.conversations.list()).toEqual([])
  const { stamps: after } = await alice.json('stamps', 'balance')
  expect(after).toBeGreaterThanOrEqual(before - 1)
  expect(await alice.json('send', reader.address, 'whole')).toMatchObject({ ok: true })
  expect(await alice.json('stamps', 'balance')).toMatchObject({ stamps: after - 1 })
  expect(await reader.conversations.list()).toHaveLength(1)
})

describe('who has said no more than a node and a key', () => {
  /** All else is what signers have signed, but that requests take less work here than in other networks. */
  const only = ({ env }: Person, ...more: readonly string[]) =>
    Object.fromEntries(
      Object.entries(env).filter(
        ([name]) => /_(HOME|NODE_URL|PRIVATE_KEY|REQUEST_BITS)$/.test(name) || more.includes(name),
      ),
    )
  const say = async (env: NodeJS.ProcessEnv, ...args: readonly string[]) => {
    const { out, err } = await runHere([...args, '--json'], { env })
    return out === '' ? { err } : JSON.parse(out)
  }

  test('writes, and is answered', async () => {
    const dave = people.person()
    const writer = people.person()
    expect(await say(only(dave), 'policy', 'set', 'request')).toMatchObject({ ok: true })
    expect(await say(only(writer), 'send', dave.address, 'gm')).toMatchObject({ ok: true, price: '0' })
    const { conversations } = await say(only(dave), 'inbox')
    expect(conversations).toMatchObject([{ peer: writer.address, newest: { text: 'gm' } }])
    expect(await say(only(dave), 'send', writer.address, 'gm to you')).toMatchObject({ ok: true })
    expect((await say(only(writer), 'read', dave.address)).messages).toMatchObject([
      { text: 'gm' },
      { text: 'gm to you' },
    ])
  })

  test('buys at no contract that a node alone has named, and at that of signers who were named', async () => {
    const buyer = people.person()
    await network.fund(buyer.key, parseUnits('5', 18))
    const withChain = only(buyer, 'PENNYPOST_RPC_URL')
    expect(await say(withChain, 'stamps', 'buy', '2')).toMatchObject({ ok: false, code: 'chain.missing' })
    const withSigners = only(buyer, 'PENNYPOST_RPC_URL', 'PENNYPOST_SIGNERS')
    expect(await say(withSigners, 'stamps', 'buy', '2')).toMatchObject({ stamps: 2 })
  })
})
