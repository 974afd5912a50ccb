import { readFile, writeFile } from 'node:fs/promises'
import { type Address, createPublicClient, createWalletClient, type Hex, http, keccak256, stringToBytes } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { deployPennypost as deploy } from '../../../scripts/deploy-local.ts'
import type { Deployment } from '../../../sdk/generated/deployments.ts'
import { makeOnce } from '../make-once.ts'

type Options = Parameters<typeof deploy>[0]
type Sent = { readonly to: Address | null; readonly input: Hex; readonly value: bigint; readonly gas: bigint }
type Recorded = { readonly deployment: Deployment; readonly sent: readonly Sent[] }

/** Deploys to a chain on which nothing has happened yet: with Ignition once in a run, afterwards by the same transactions. */
export async function deployPennypost(options: Options): Promise<Deployment> {
  const { rpcUrl, privateKey, parameters } = options
  const chain = connect(rpcUrl, privateKey)
  let isFirst = false
  const file = await makeOnce(keccak256(stringToBytes(encode([privateKey, parameters]))), async (draft) => {
    isFirst = true
    const deployment = await deploy(options)
    await writeFile(draft, encode({ deployment, sent: await readSent(chain) } satisfies Recorded))
  })
  const { deployment, sent }: Recorded = JSON.parse(await readFile(file, 'utf8'), (_, value) => decode(value))
  if (!isFirst) await repeat(chain, sent)
  return deployment
}

type Chain = ReturnType<typeof connect>

function connect(rpcUrl: string, privateKey: Hex) {
  const transport = http(rpcUrl)
  return {
    reader: createPublicClient({ chain: hardhat, transport, pollingInterval: 20, cacheTime: 0 }),
    wallet: createWalletClient({ chain: hardhat, transport, account: privateKeyToAccount(privateKey) }),
  }
}

/** All transactions of a chain that mines one a block. */
async function readSent({ reader }: Chain): Promise<Sent[]> {
  const sent: Sent[] = []
  const height = await reader.getBlockNumber()
  for (let blockNumber = 1n; blockNumber <= height; blockNumber++) {
    const { transactions } = await reader.getBlock({ blockNumber, includeTransactions: true })
    sent.push(...transactions.map(({ to, input, value, gas }) => ({ to, input, value, gas })))
  }
  return sent
}

/** The same blocks again, and so the same addresses. */
async function repeat({ reader, wallet }: Chain, sent: readonly Sent[]): Promise<void> {
  const gasPrice = 10n ** 10n
  for (const [nonce, { to, input: data, value, gas }] of sent.entries()) {
    await wallet.sendTransaction({ to, data, value, gas, gasPrice, nonce, type: 'legacy' })
  }
  const height = await reader.getBlockNumber()
  if (height !== BigInt(sent.length)) throw new Error(`The chain has ${height} blocks, not ${sent.length}.`)
}

const encode = (value: unknown) =>
  JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? { bigint: String(one) } : one))

const decode = (value: unknown) =>
  typeof value === 'object' && value !== null && 'bigint' in value ? BigInt(String(value.bigint)) : value
