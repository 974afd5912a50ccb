import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodeGrant, decodeLaneRequest, decodeSignedGrant } from '../../sdk/codec/index.ts'
import { defaultTerms } from '../../sdk/verifier/index.ts'
import { type RunningNode, startNode } from '../../service/node/index.ts'
import { startTrustee } from '../../service/trustee/index.ts'
import { startHost } from '../helpers/embedding-host.ts'
import { textsOf } from '../helpers/light-network.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording } from '../helpers/recording.ts'

/** Runs an example as its README says, and answers what it prints. */
async function runExample(name: string, env: Record<string, string>): Promise<string> {
  const command = ['--disable-warning=ExperimentalWarning', `examples/${name}.ts`]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } })
  expect(stderr).toBe('')
  return stdout
}

describe('the examples', () => {
  let node: RunningNode
  let folder: string
  const [sender, recipient] = [generatePrivateKey(), generatePrivateKey()]

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pennypost-examples-'))
    node = await startNode({ port: 0, dataDir: folder, logLevel: 'silent' })
  })

  afterAll(async () => {
    await node.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (name: string, key: string, env: Record<string, string> = {}) =>
    runExample(name, { NODE_URL: node.url, PRIVATE_KEY: key, ...env })

  test('a policy is set, a message sent under it, read and answered', async () => {
    const rule = { RULE: 'request or stamp 2' }
    expect(await run('03-set-policy', recipient, rule)).toMatch(/small request.*2 stamps[\s\S]*in force, as version 2/)

    const sent = await run('01-send', sender, { RECIPIENT: privateKeyToAddress(recipient) })
    expect(sent).toMatch(/paid with computing time; the path is sealed\ndelivered: [0-9a-f]{64}/)

    const answered = await run('02-receive-and-answer', recipient)
    expect(answered).toContain(`${privateKeyToAddress(sender)}: gm\nanswered ${privateKeyToAddress(sender)}`)
    expect(await run('02-receive-and-answer', sender)).toContain('Thank you for your letter.')
  })

  test("the README's example is the first one, letter for letter", async () => {
    const example = (await readFile('examples/01-send.ts', 'utf8')).trimEnd()
    expect(await readFile('README.md', 'utf8')).toContain(`\`\`\`ts\n${example}\n\`\`\``)
  })
})

describe('the examples with a chain', () => {
  let network: TestNetwork
  beforeAll(async () => {
    network = await startTestNetwork({ requestBits: defaultTerms.requestBits }) // as the examples expect it
  })
  afterAll(() => network.close())

  const run = (name: string, env: Record<string, string>) =>
    runExample(name, {
      NODE_URL: network.node.url,
      PROVER_URL: network.prover.url,
      RPC_URL: network.rpcUrl,
      SIGNER: network.prover.signer,
      NOTE_TREE: network.deployment.tree,
      TOKEN: network.deployment.token,
      POSTAGE: network.deployment.postage,
      PAYMENTS: network.deployment.payments,
      ...env,
    })

  test('pay for a letter in a name, and get its bond back', async () => {
    const [sender, reader] = [await network.purse(10), await network.purse(0)]
    const said = await run('04-pay-and-settle', { PRIVATE_KEY: sender.key, READER_KEY: reader.key })
    expect(said).toBe('paid 0.1\nbond 2, spam so far: 0\nback: 2\n')
  })

  test('buy stamps, and use one', async () => {
    const [sender, recipient] = [await network.purse(10), await network.client()]
    await recipient.policy.set('stamp 1')
    const said = await run('05-buy-stamps', { PRIVATE_KEY: sender.key, RECIPIENT: recipient.address })
    expect(said).toBe('bought 4 stamps\ndelivered for 1; the path is sealed\nstamps left: 3\n')
  })

  test('have a fact attested, and show it', async () => {
    const [sender, recipient] = [await network.purse(0), await network.client()]
    const fact = 'holds eip155:31337/slip44:60 >= 0.1'
    await recipient.policy.set(fact)
    const said = await run('06-show-a-fact', { PRIVATE_KEY: sender.key, RECIPIENT: recipient.address, FACT: fact })
    expect(said).toBe(`${fact}: attested by 1\ndelivered; the path is sealed\n`)
  })

  test.each([
    ['sender', 0, '1 of 1'],
    ['managed', 1, '1 of 1'],
    ['threshold', 3, '2 of 3'],
  ])('write to who has no keys, with the key kept by: %s', async (kind, count, enough) => {
    const options = { node: network.node.url, dataDir: undefined, metricsPort: 0, logLevel: 'silent' } as const
    const trustees = await Promise.all(
      Array.from({ length: count }, () => startTrustee({ ...options, rule: 'everyone' }, { beatMs: 100 })),
    )
    const [sender, reader] = [await network.purse(20), await network.purse(0)]
    const said = await run('07-write-to-no-keys', {
      PRIVATE_KEY: sender.key,
      RECIPIENT: privateKeyToAddress(reader.key),
      TRUSTEES: trustees.map(({ address }) => address).join(','),
    })
    expect(said).toMatch(new RegExp(`^kept by: ${kind} \\(${enough}\\)\nleft for 2\nwaits until 20\\d\\d\n$`))
    // A client of the sender must be online only where it keeps the key itself.
    const again = kind === 'sender' ? await network.client(sender) : undefined
    const bob = await network.client(reader)
    await vi.waitFor(async () => expect(await textsOf(bob)).toEqual(['Your loan ends in a week.']), 60_000)
    await again?.close()
    await bob.close()
    await Promise.all(trustees.map((trustee) => trustee.close()))
  })

  test("take a client's letter in an application of one's own", async () => {
    const recording = createRecording()
    const { key, chain } = await network.purse(10)
    const [sender, recipient] = [await network.client({ key, chain, fetch: recording.fetch }), await network.client()]
    await recipient.policy.set('stamp 1')
    await sender.stamps.buy({ count: 4 })
    const conversation = await sender.conversations.new(recipient.address)
    recording.take()
    expect((await conversation.send('gm')).ok).toBe(true)
    const sent = recording.take()
    const bodyOf = (path: string) => sent.find(({ url }) => url === network.node.url + path)!.body
    const [lane, letter] = [bodyOf('/v1/lanes'), bodyOf('/v1/publish')]

    const host = await startHost('fastify', {
      NETWORK: network.name,
      CHAIN_ID: String(network.trust.chainId),
      NOTE_TREE: network.trust.noteTree,
      SIGNER: network.prover.signer,
      PROVER_URL: network.prover.url,
      OWNER: recipient.address,
      POLICY_VERSION: String(decodeLaneRequest(lane).policyVersion),
      DATABASE: join(network.folder, 'host.sqlite'),
    })
    const opened = await host.openLane(lane)
    expect([opened.status, decodeGrant(decodeSignedGrant(opened.bytes).grant).nullifiers.length]).toEqual([200, 1])
    expect((await host.openLane(lane)).bytes).toEqual(opened.bytes)
    expect((await host.publish(letter)).status).toBe(200)
    await host.kill()
  })

  test('name what is not set', async () => {
    await expect(run('05-buy-stamps', { PRIVATE_KEY: '' })).rejects.toThrow('PRIVATE_KEY is not set.')
  })
})
