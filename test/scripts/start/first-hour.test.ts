import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { formatEther } from 'viem'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answerer, startAnswerer } from '../../../scripts/start/answerer.ts'
import { type Faucet, startFaucet } from '../../../scripts/start/faucet.ts'
import { linesToCopy } from '../../../scripts/start/lines-to-copy.ts'
import { postageTokenAbi } from '../../../sdk/generated/abis.ts'
import { defaultTerms } from '../../../sdk/verifier/index.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'

// What `npm start` leaves running after its story, used as its output and the README say.

let network: TestNetwork
let faucet: Faucet
let answerer: Answerer
beforeAll(async () => {
  network = await startTestNetwork({ requestBits: defaultTerms.requestBits }) // as the story's network has it
  faucet = await startFaucet(network)
  answerer = await startAnswerer(network)
})
afterAll(async () => {
  await answerer.close()
  await faucet.close()
  await network.close()
})

/** Runs a line in a shell that has had the printed lines pasted into it. */
async function runInShell(line: string, cwd = '.') {
  const pasted = linesToCopy(network, { faucet: faucet.url, recipient: answerer.address })
  const script = [...pasted, `PATH="${resolve(process.execPath, '..')}:$PATH"`, line].join('\n')
  return await promisify(execFile)('sh', ['-c', script], { cwd })
}

const run = (text: string) => runInShell(`node --disable-warning=ExperimentalWarning ${text}`)

describe('what the network prints', () => {
  test("and the README's example, both copied, deliver a message, and it is answered", async () => {
    const readme = await readFile('README.md', 'utf8')
    const [, example = ''] = /## In your app\n+```ts\n([\s\S]*?)^```$/m.exec(readme) ?? []
    const folder = join(network.folder, 'copied')
    await mkdir(folder)
    await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(join(folder, 'example.ts'), example)
    const { stdout } = await runInShell('node --disable-warning=ExperimentalWarning example.ts', folder)
    expect(stdout).toMatch(/; the path is sealed\ndelivered: [0-9a-f]{64}\n/)

    const answer = () => run('examples/02-receive-and-answer.ts').then((read) => read.stdout)
    await expect.poll(answer, { timeout: 60_000, interval: 1000 }).toContain(`${answerer.address}: Thank you for “gm”.`)
  })
})

describe('the faucet', () => {
  const has = async (address: `0x${string}`) => {
    const { publicClient } = network.connect(network.funder)
    const call = { address: network.deployment.token, abi: postageTokenAbi, functionName: 'balanceOf' } as const
    const [gas, tokens] = [
      publicClient.getBalance({ address }),
      publicClient.readContract({ ...call, args: [address] }),
    ]
    return (await Promise.all([gas, tokens])).map((amount) => formatEther(amount))
  }
  const someone = () => privateKeyToAddress(generatePrivateKey())
  const post = (body: string, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((done, fail) => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const asking = request(faucet.url, { method: 'POST', headers: { ...form, ...headers } }, (response) => {
        response.resume().on('end', () => done(response.statusCode))
      })
      asking.on('error', fail).end(body)
    })

  test('gives tokens and gas by its command', async () => {
    const address = someone()
    const { stdout } = await run(`scripts/faucet.ts ${address}`)
    expect(stdout).toBe(`${address} has 100 tokens and 1 ether more.\n`)
    expect(await has(address)).toEqual(['1', '100'])
  })

  test('gives to several at once', async () => {
    const addresses = [someone(), someone(), someone()]
    expect(await Promise.all(addresses.map((address) => post(`address=${address}`)))).toEqual([200, 200, 200])
    expect(await Promise.all(addresses.map(has))).toEqual(Array(3).fill(['1', '100']))
  })

  test('has a page that asks for an address', async () => {
    const response = await fetch(faucet.url)
    expect(await response.text()).toMatch(/<form method="post">[\s\S]*name="address"/)
  })

  test.each([
    ['no address', '', {}, 400],
    ['half an address', 'address=0x12', {}, 400],
    ['more than an address', `address=0x${'11'.repeat(20)}&x=${'1'.repeat(2000)}`, {}, 400],
    ['a page of another machine', 'ok', { origin: 'https://mallory.example' }, 403],
    ['a name of another machine that leads here', 'ok', { host: 'mallory.example' }, 403],
    ['a page of this machine', 'ok', { origin: 'http://localhost:5555' }, 200],
  ])('answers %s', async (_, body, headers, status) => {
    const address = someone()
    expect(await post(body === 'ok' ? `address=${address}` : body, headers as Record<string, string>)).toBe(status)
    expect((await has(address))[1]).toBe(status === 200 ? '100' : '0')
  })

  test('its command says what is wrong', async () => {
    await expect(run('scripts/faucet.ts 0x12')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('40 hex'),
    })
    const gone = runInShell(`FAUCET_URL=http://127.0.0.1:9 node scripts/faucet.ts ${someone()}`)
    await expect(gone).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm start') })
  })
})
