import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import {
  concat,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeDeployData,
  getContractAddress,
  type Hex,
  http,
  numberToHex,
  pad,
  serializeErc6492Signature,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Chain, startChain } from '../../../scripts/start/chain.ts'
import { commitmentOf, credentialOf, fromHex, isNoteSigned } from '../../../sdk/crypto/index.ts'
import { askIssuer, factTypedData } from '../../../sdk/facts/index.ts'
import { factEpochOf, factExpiryOf } from '../../../sdk/verifier/index.ts'
import { factNoteOf } from '../../../service/prover/facts/fact-entry.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { connectOnChain } from '../../helpers/connect-on-chain.ts'
import { type Asking, bodyOf, codes, factOf, placeOf, requestOf, reverting, writeBody } from '../../helpers/facts.ts'
import { type Call, startFalseEndpoint } from '../../helpers/false-endpoint.ts'
import { startTestProver } from '../../helpers/prover.ts'

const day = 86_400
const addressOf = (last: number): Hex => pad(numberToHex(last), { size: 20 })
const [token, missing] = [addressOf(0x7000), addressOf(0x7fff)]
const faulty = {
  reverts: codes.reverts,
  silent: codes.silent,
  short: codes.short,
  long: codes.long,
  endless: codes.endless,
  greatest: codes.greatest,
  slanderer: reverting('429 too many requests: rate limit exceeded, header not found'),
}
const places = Object.fromEntries(Object.keys(faulty).map((name, i) => [name, addressOf(0x7100 + i)])) as Record<
  keyof typeof faulty,
  Hex
>
const there = 'eip155:31338'
const [alice, bob, carol, dave] = [0xc1, 0xc2, 0xc3, 0xc4].map(walletOf) as [
  PrivateKeyAccount,
  PrivateKeyAccount,
  PrivateKeyAccount,
  PrivateKeyAccount,
]
/** A deterministic deployer, as most chains have it. */
const deployer = {
  address: '0x4e59b44847b379578588920cA78FbF26c0B4956C',
  code: '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3',
} as const

describe('facts of two chains', () => {
  let chain: TestChain
  let second: Chain
  let proxy: Awaited<ReturnType<typeof startFalseEndpoint>>
  let prover: Awaited<ReturnType<typeof startTestProver>>
  let issuer: { x: Uint8Array; y: Uint8Array }
  let wallet: { deployed: Hex; counterfactual: Hex; factoryData: Hex }
  const time = { now: 0 }
  const clients = () => {
    const at = { chain: { ...hardhat, id: 31_338 }, transport: http(second.rpcUrl), pollingInterval: 20, cacheTime: 0 }
    return {
      test: createTestClient({ ...at, mode: 'hardhat' }),
      open: createPublicClient(at),
      owner: createWalletClient({ ...at, account: privateKeyToAccount(second.privateKeys[0]!) }),
    }
  }
  /** Goes on to the next epoch, in which all that was done before is judged. */
  async function nextEpoch(): Promise<void> {
    time.now = factExpiryOf(factEpochOf(time.now)) + 1_000
    await mineAt(second.rpcUrl, time.now)
  }
  const give = (holder: Hex, amount: bigint, id = 0n) =>
    clients().test.setStorageAt({ address: token, index: placeOf(holder, id), value: pad(numberToHex(amount)) })

  beforeAll(async () => {
    ;[chain, second] = await Promise.all([startTestChain(), startChain({ chainId: 31_338 })])
    proxy = await startFalseEndpoint(second.rpcUrl)
    await Promise.all([prepare(), connectOnChain(chain, chain.walletAt(9), alice.address)])
    time.now = Number((await clients().open.getBlock()).timestamp)
    await nextEpoch()
    await mineAt(chain.rpcUrl, time.now)
    const factRpcUrl = [{ chainId: 31_338n, url: proxy.url }]
    prover = await startTestProver(chain, { factRpcUrl }, { clock: () => time.now })
    const { issuer: key } = await (await fetch(`${prover.url}/v1/facts/log`)).json()
    issuer = { x: fromHex(key.x), y: fromHex(key.y) }
  })
  beforeEach(() => {
    proxy.lie = undefined
  })
  afterAll(async () => {
    await prover?.close()
    await proxy?.close()
    await Promise.all([chain?.close(), second?.close()])
  })

  /** On the second chain: alice is old, holds much and has sent two transactions; carol is new; contracts of all kinds. */
  async function prepare() {
    const { test: own, open, owner } = clients()
    for (const { address } of [alice, carol]) await own.setBalance({ address, value: 10n ** 18n })
    const send = async (account: PrivateKeyAccount) => {
      const at = { account, chain: { ...hardhat, id: 31_338 }, transport: http(second.rpcUrl) }
      const hash = await createWalletClient(at).sendTransaction({ to: bob.address, value: 0n })
      await open.waitForTransactionReceipt({ hash })
    }
    await send(alice)
    await own.increaseTime({ seconds: 10 * day })
    await own.mine({ blocks: 3 })
    await send(alice)
    await send(carol)
    await own.setCode({ address: token, bytecode: codes.token })
    for (const [name, bytecode] of Object.entries(faulty))
      await own.setCode({ address: places[name as keyof typeof faulty], bytecode })
    await own.setCode({ address: deployer.address, bytecode: deployer.code })
    const artifact = await readFile('artifacts/contracts/mocks/WalletContract.sol/WalletContract.json', 'utf8')
    const { abi, bytecode } = JSON.parse(artifact)
    const hash = await owner.deployContract({ abi, bytecode, args: [alice.address] })
    const { contractAddress } = await open.waitForTransactionReceipt({ hash })
    const code = encodeDeployData({ abi, bytecode, args: [alice.address] })
    const salt = pad('0x01')
    const counterfactual = getContractAddress({ opcode: 'CREATE2', from: deployer.address, salt, bytecode: code })
    wallet = { deployed: contractAddress!, counterfactual, factoryData: concat([salt, code]) }
    for (const holder of [alice.address, wallet.deployed, wallet.counterfactual]) await give(holder, 5n)
    await give(alice.address, 3n, 7n) // three of number 7, of an ERC-1155
    await own.setStorageAt({ address: token, index: placeOf('0x0', 8n), value: pad(alice.address) })
    await own.mine({ blocks: 1 })
  }

  async function post(body: object): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${prover.url}/v1/facts`, { method: 'POST', headers, body: JSON.stringify(body) })
    return await outcomeOf(response)
  }
  async function outcomeOf(response: Response): Promise<string> {
    const { code, status, id } = await response.json()
    if (status !== 'waiting') return code ?? status
    await new Promise((resolve) => setTimeout(resolve, 100))
    return await outcomeOf(await fetch(`${prover.url}/v1/facts/${id}`))
  }
  const ask = async (account: PrivateKeyAccount, condition: string, asking: Partial<Asking> = {}) =>
    post(await bodyOf(account, { condition, issuer, ...asking }, time.now))
  const signFor = async (subject: Hex, condition: string, sign: (signature: Hex) => Hex = (signature) => signature) => {
    const request = requestOf(subject, { condition, issuer }, time.now)
    return writeBody({ request, signature: sign(await alice.signTypedData(factTypedData(request))) })
  }

  test.each<[string, PrivateKeyAccount, boolean]>([
    [`holds ${there}/erc721:${token}`, alice, true],
    [`holds ${there}/erc721:${token}`, bob, false],
    [`holds ${there}/erc721:${token} >= 5`, alice, true],
    [`holds ${there}/erc721:${token} >= 6`, alice, false],
    [`holds ${there}/erc721:${token}/8`, alice, true],
    [`holds ${there}/erc721:${token}/8`, bob, false],
    [`holds ${there}/erc721:${token}/9`, alice, false],
    [`holds ${there}/erc721:${places.reverts}/8`, alice, false],
    [`holds ${there}/erc1155:${token}/7 >= 3`, alice, true],
    [`holds ${there}/erc1155:${token}/7 >= 4`, alice, false],
    [`holds ${there}/erc20:${token} >= 0.05 decimals 2`, alice, true],
    [`holds ${there}/erc20:${token} >= 0.06 decimals 2`, alice, false],
    [`holds ${there}/slip44:60 >= 0.5`, alice, true],
    [`holds ${there}/slip44:60 >= 1`, alice, false],
    [`txCount ${there} >= 2`, alice, true],
    [`txCount ${there} >= 3`, alice, false],
    [`txCount eip155:31337 >= 1`, alice, false],
    [`interacted ${there}:${bob.address}`, alice, true],
    [`interacted ${there}:${token}`, alice, false],
    [`interacted ${there}:${bob.address}`, bob, false],
    [`age ${there} >= 9 days`, alice, true],
    [`age ${there} >= 11 days`, alice, false],
    [`age ${there} >= 1 days`, carol, false],
    [`age ${there} >= 1 days`, bob, false],
  ])('%s: of %o it is so or not', async (condition, account, isSo) => {
    expect(await ask(account, condition)).toBe(isSo ? 'issued' : 'fact.not-so')
  })

  test("of the network's own chain too, and a client that asks gets the issuer's signature over the note", async () => {
    const [key] = [chain.walletAt(1).account]
    const request = requestOf(key.address, { condition: 'holds eip155:31337/slip44:60 >= 100', issuer }, time.now)
    const signature = await key.signTypedData(factTypedData(request))
    const asked = { ...request, url: prover.url, signature }
    const note = await askIssuer(asked)
    const commitment = commitmentOf(request.secretHash, request.personHash)
    const message = credentialOf(factNoteOf({ ...request, commitment }))
    expect(isNoteSigned(message, note, issuer)).toBe(true)
    expect(await askIssuer(asked)).toEqual(note)
    const refused = { ...asked, fact: factOf('holds eip155:31337/slip44:60 >= 200') }
    await expect(askIssuer(refused)).rejects.toMatchObject({ reason: 'fact.signature-invalid' })
  })

  test.each<[keyof typeof faulty | 'missing', string]>([
    ['missing', 'fact.contract-missing'],
    ['reverts', 'fact.token-refuses'],
    ['endless', 'fact.token-refuses'],
    ['slanderer', 'fact.token-refuses'],
    ['silent', 'fact.token-senseless'],
    ['short', 'fact.token-senseless'],
    ['long', 'fact.token-senseless'],
    ['greatest', 'fact.amount-impossible'],
  ])('a token that is %s gives no note, and its own code', async (name, code) => {
    const at = name === 'missing' ? missing : places[name]
    expect(await ask(alice, `holds ${there}/erc20:${at} >= 1 decimals 0`)).toBe(code)
    if (name !== 'endless') expect(await ask(alice, `holds ${there}/erc1155:${at}/1`)).toBe(code)
  })

  test('who was connected with on a chain is so, and nobody else', async () => {
    const [resolver, granter] = [chain.connectionResolver, chain.walletAt(9).account.address].map((of) =>
      of.toLowerCase(),
    )
    const condition = `connected eip155:31337:${resolver} from ${granter}`
    expect(await ask(alice, condition)).toBe('issued')
    expect(await ask(bob, condition)).toBe('fact.not-so')
    expect(await ask(alice, `connected eip155:31337:${resolver} from ${bob.address}`)).toBe('fact.not-so')
    expect(await ask(alice, `connected ${there}:${places.greatest} from ${granter}`)).toBe('fact.token-senseless')
    expect(await ask(alice, `connected ${there}:${missing} from ${granter}`)).toBe('fact.contract-missing')
  })

  test('where an endpoint is down the next is asked; another request is refused; who looks still closes at once', async () => {
    const sources = ['http://127.0.0.1:1', proxy.url].map((url) => ({ chainId: 31_338n, url }))
    const other = await startTestProver(chain, { factRpcUrl: sources }, { clock: () => time.now })
    const { issuer: key } = await (await fetch(`${other.url}/v1/facts/log`)).json()
    const own = { x: fromHex(key.x), y: fromHex(key.y) }
    const request = requestOf(alice.address, { condition: `txCount ${there} >= 1`, issuer: own }, time.now)
    const asked = { ...request, url: other.url }
    const signature = await alice.signTypedData(factTypedData(request))
    expect(await askIssuer({ ...asked, signature })).toMatchObject({ s: expect.any(BigInt) })
    const others = await alice.signTypedData(factTypedData({ ...request, issuer }))
    await expect(askIssuer({ ...asked, signature: others })).rejects.toMatchObject({ reason: 'fact.signature-invalid' })

    proxy.lie = (call) => (isState(call) ? 'hang' : undefined)
    const body = writeBody({ request, signature })
    const late = { ...body, condition: `txCount ${there} >= 2` }
    const fact = factOf(late.condition)
    const signed = await alice.signTypedData(factTypedData({ ...request, fact }))
    const headers = { 'content-type': 'application/json' }
    const sent = { method: 'POST', headers, body: JSON.stringify({ ...late, signature: signed }) }
    const { id } = await (await fetch(`${other.url}/v1/facts`, sent)).json()
    const accept = { accept: 'text/event-stream' }
    const events = fetch(`${other.url}/v1/facts/${id}`, { headers: accept }).then((response) => response.text())
    const started = performance.now()
    await Promise.all([other.close(), events.catch(() => undefined)])
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('an owner that is no account is not anybody', async () => {
    expect(await ask(alice, `holds ${there}/erc721:${places.greatest}/1`)).toBe('fact.token-senseless')
    expect(await ask(alice, `holds ${there}/erc721:${missing}/1`)).toBe('fact.contract-missing')
  })

  test('contracts sign for themselves, deployed and not yet, and nobody else does', async () => {
    const condition = `holds ${there}/erc721:${token} >= 2`
    const wrap = (signature: Hex) =>
      serializeErc6492Signature({ address: deployer.address, data: wallet.factoryData, signature })
    expect(await post(await signFor(wallet.deployed, condition))).toBe('issued')
    expect(await post(await signFor(wallet.counterfactual, condition, wrap))).toBe('issued')
    for (const body of [
      await signFor(wallet.counterfactual, condition),
      await signFor(bob.address, condition),
      await signFor(bob.address, condition, wrap),
      { ...(await signFor(wallet.deployed, condition)), secretHash: pad('0x09') },
      { ...(await signFor(places.greatest, condition)) },
      { ...(await bodyOf(alice, { condition, issuer }, time.now)), subject: wallet.deployed }, // which believes alice's key
    ])
      expect(await post(body)).toBe('fact.signature-invalid')
  })

  test.each<[string, (call: Call) => ReturnType<NonNullable<typeof proxy.lie>>, string]>([
    ['does not answer', () => ({ status: 503 }), 'chain.unavailable'],
    ['has not the state', failStates('missing trie node 1f2e (path )'), 'fact.block-unavailable'],
    ['has not the block', failStates('header not found'), 'fact.block-unavailable'],
    ['is on another fork', failStates('hash 1f2e is not currently canonical'), 'fact.block-unavailable'],
    ['shows another block there', forkBlocks, 'fact.block-gone'],
    ['shows no block there', hideBlocks, 'fact.block-unavailable'],
    ['answers nonsense', answerStates('nonsense'), 'chain.unavailable'],
    ['answers too great a number', answerStates(`0x${'f'.repeat(65)}`), 'chain.unavailable'],
    ['answers nothing', answerStates(null), 'chain.unavailable'],
  ])('nothing is signed by the word of an endpoint that %s', async (_, lie, code) => {
    expect(await ask(alice, `txCount ${there} >= 1`, { secretHash: 5n })).toBe('issued') // the block is pinned
    proxy.lie = lie
    expect(await ask(dave, `txCount ${there} >= 1`)).toBe(code)
    proxy.lie = undefined
    expect(await ask(dave, `txCount ${there} >= 1`)).toBe('fact.not-so')
  })

  test('no block is chosen by the word of an endpoint of another chain, at the start or later', async () => {
    const { rpcUrl: url } = second
    await expect(startTestProver(chain, { factRpcUrl: [{ chainId: 10n, url }] })).rejects.toMatchObject({
      code: 'chain.wrong',
      hint: 'Correct PENNYPOST_FACT_RPC_URL.',
    })
    await nextEpoch()
    proxy.lie = turnChain
    expect(await ask(alice, `txCount ${there} >= 1`)).toBe('chain.unavailable')
    proxy.lie = undefined
    expect(await ask(alice, `txCount ${there} >= 1`)).toBe('issued')
  })

  test('an endpoint that fails while it is asked for a signature is not taken for the account that has not signed', async () => {
    const body = await signFor(wallet.deployed, `holds ${there}/erc721:${token} >= 3`)
    proxy.lie = ({ method }) => (method === 'eth_call' ? { status: 503 } : undefined)
    expect(await post(body)).toBe('chain.unavailable')
    proxy.lie = ({ method }) => (method === 'eth_call' ? { error: { code: -32_000, message: 'busy' } } : undefined)
    expect(await post(body)).toBe('chain.unavailable')
    proxy.lie = undefined
    expect(await post(body)).toBe('issued')
  })

  test('what passes through many accounts within an epoch gives one note, and the last holder one in the next', async () => {
    const condition = `holds ${there}/erc721:${token}/10`
    const { test: own } = clients()
    const holders = [0xd1, 0xd2, 0xd3].map(walletOf)
    const give = async (holder: PrivateKeyAccount) => {
      await own.mine({ blocks: 1 }) // what is written changes the newest block too
      await own.setStorageAt({ address: token, index: placeOf('0x0', 10n), value: pad(holder.address) })
      await own.mine({ blocks: 1 })
    }
    await give(holders[0]!)
    await nextEpoch()
    const issued: string[] = []
    for (const holder of holders) {
      await give(holder)
      issued.push(await ask(holder, condition))
    }
    expect(issued).toEqual(['issued', 'fact.not-so', 'fact.not-so'])
    await nextEpoch()
    expect(await ask(holders[2]!, condition)).toBe('issued')
    expect(await ask(holders[0]!, condition)).toBe('fact.not-so')
  })

  test('two issuers judge by one block, whenever each of them is asked first', async () => {
    const factRpcUrl = [{ chainId: 31_338n, url: second.rpcUrl }]
    const condition = `txCount ${there} >= 1`
    await nextEpoch()
    expect(await ask(alice, condition)).toBe('issued')
    await clients().test.mine({ blocks: 3 })
    const other = await startTestProver(chain, { factRpcUrl }, { clock: () => time.now })
    const { issuer: key } = await (await fetch(`${other.url}/v1/facts/log`)).json()
    const request = requestOf(alice.address, { condition, issuer: { x: fromHex(key.x), y: fromHex(key.y) } }, time.now)
    await askIssuer({ ...request, url: other.url, signature: await alice.signTypedData(factTypedData(request)) })
    const lastBlock = async (url: string) => (await (await fetch(`${url}/v1/facts/log`)).json()).entries.at(-1).block
    expect(await lastBlock(other.url)).toEqual(await lastBlock(prover.url))
    await other.close()
  })

  test('a command reads all that was signed and says what is wrong, and where there is nothing to read', async () => {
    const audit = async (url: string) =>
      await promisify(execFile)(process.execPath, ['service/prover/audit-facts.ts', '--url', url]).catch(
        (error) => error,
      )
    expect(await ask(alice, `txCount ${there} >= 1`)).toBe('issued')
    const { total } = await (await fetch(`${prover.url}/v1/facts/log`)).json()
    const [{ stdout, code }, lost] = await Promise.all([audit(prover.url), audit(`${prover.url}/v1/`)])
    const [first, ...faults] = stdout.trim().split('\n')
    expect(first).toMatch(
      new RegExp(`: ${total} notes of \\d+ facts, signed by ${Buffer.from(issuer.x).toString('hex')} `),
    )
    // The chain of this test is ahead of its time, and so is this issuer; nothing else is wrong.
    expect(faults.slice(0, -1)).toEqual(
      faults.slice(0, -1).map(() => expect.stringMatching(/: epoch \d+ has not begun\.$/)),
    )
    expect([faults.at(-1), code]).toEqual([`Wrong with it: ${total}.`, 1])
    expect([lost.stderr, lost.code]).toEqual([expect.stringMatching(/^There is no log of facts at .*404/m), 1])
  })

  test('where the chain takes the block back, nothing is judged by another one', async () => {
    const { test: own } = clients()
    const id = await own.snapshot()
    await own.mine({ blocks: 1 })
    await nextEpoch()
    expect(await ask(alice, `txCount ${there} >= 1`)).toBe('issued')
    await own.revert({ id })
    expect(await ask(carol, `txCount ${there} >= 1`)).toBe('fact.block-unavailable')
    await own.increaseTime({ seconds: 60 })
    await own.mine({ blocks: 2 })
    expect(await ask(carol, `txCount ${there} >= 1`)).toBe('fact.block-gone')
    expect(await ask(alice, `txCount ${there} >= 1`)).toBe('issued')
    await nextEpoch()
    expect(await ask(carol, `txCount ${there} >= 1`)).toBe('issued')
  })
})

/** A block of a time, on a chain that was idle until then. */
async function mineAt(rpcUrl: string, timestamp: number): Promise<void> {
  const chain = createTestClient({ chain: hardhat, mode: 'hardhat', transport: http(rpcUrl) })
  await chain.setNextBlockTimestamp({ timestamp: BigInt(timestamp) })
  await chain.mine({ blocks: 1 })
}

function turnChain(call: Call): undefined {
  if (call.method === 'eth_chainId') call.result = '0x1'
}

const isState = ({ method }: Call) => method === 'eth_getTransactionCount'

const failStates = (message: string) => (call: Call) =>
  isState(call) ? { error: { code: -32_000, message } } : undefined

const answerStates = (result: unknown) => (call: Call) => {
  if (isState(call)) call.result = result
  return undefined
}

const isBlock = ({ method, params }: Call) => method === 'eth_getBlockByNumber' && params[0] !== '0x0'

function forkBlocks(call: Call): undefined {
  if (isBlock(call)) call.result = { ...call.result, hash: `0x${'ab'.repeat(32)}` }
}

function hideBlocks(call: Call): undefined {
  if (isBlock(call)) call.result = null
}
