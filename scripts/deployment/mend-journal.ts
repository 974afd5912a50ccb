import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address, Hex, PublicClient, Transaction } from 'viem'

/** What Ignition writes right before it sends a transaction, and what it writes once it has the hash. */
type Prepared = { readonly futureId: string; readonly networkInteractionId: number; readonly nonce: number }
type Line = Partial<Prepared> & {
  readonly type: string
  readonly from?: Address
  readonly networkInteraction?: { readonly id: number; readonly to?: Address; readonly data: Hex }
}

/**
 * Ignition's journal says that a transaction is about to be sent, and then its hash. Where a deployment ended in between
 * (no ether left, no answer, no power), Ignition asks a person to find the transaction. Here it is found, or, where the
 * chain has none with that number, forgotten: the deployment goes on from there, with the same number, so that of two
 * transactions only one can take effect.
 */
export async function mendJournal(client: PublicClient, folder: string): Promise<void> {
  const path = join(folder, 'journal.jsonl')
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  if (!isWhole(lines.at(-1))) lines.pop()
  const parsed: Line[] = lines.map((line) => JSON.parse(line))

  const mended: string[] = []
  for (const [i, line] of lines.entries()) {
    const message = parsed[i]
    mended.push(...(message && isUnsent(message, parsed.slice(i)) ? await mend(client, message, parsed) : [line]))
  }
  const next = mended.map((line) => `\n${line}`).join('') // as Ignition writes them
  if (next === text) return
  await writeFile(`${path}.mended`, next)
  await rename(`${path}.mended`, path)
}

function isWhole(line: string | undefined): boolean {
  try {
    JSON.parse(line ?? '{}')
    return true
  } catch {
    return false
  }
}

function isUnsent(message: Line, later: readonly Line[]): message is Line & Prepared {
  if (message.type !== 'TRANSACTION_PREPARE_SEND') return false
  return !later.some(({ type, futureId, nonce }) => {
    return type === 'TRANSACTION_SEND' && futureId === message.futureId && nonce === message.nonce
  })
}

/** The lines that take the place of one that says that a transaction is about to be sent. */
async function mend(client: PublicClient, message: Line & Prepared, journal: readonly Line[]): Promise<string[]> {
  const { futureId, networkInteractionId, nonce } = message
  const { from } = journal.find((line) => line.futureId === futureId && line.from) ?? {}
  const asked = journal.find(
    (line) => line.futureId === futureId && line.networkInteraction?.id === networkInteractionId,
  )
  if (!from) return [JSON.stringify(message)]
  if ((await client.getTransactionCount({ address: from, blockTag: 'pending' })) <= nonce) return []

  const sent = await findTransaction(client, from, nonce)
  const { to, data } = asked?.networkInteraction ?? {}
  if (!sent || sent.input !== data || sent.to?.toLowerCase() !== to?.toLowerCase()) return [JSON.stringify(message)]
  const found = { futureId, networkInteractionId, nonce, transaction: { fees: feesOf(sent), hash: sent.hash } }
  return [JSON.stringify(message), JSON.stringify({ ...found, type: 'TRANSACTION_SEND' })]
}

function feesOf({ maxFeePerGas, maxPriorityFeePerGas, gasPrice }: Transaction) {
  const write = (value: bigint) => ({ _kind: 'bigint', value: `${value}` })
  if (maxFeePerGas === undefined) return { gasPrice: write(gasPrice ?? 0n) }
  return { maxFeePerGas: write(maxFeePerGas), maxPriorityFeePerGas: write(maxPriorityFeePerGas ?? 0n) }
}

/** The transaction of an account with a number, mined or waiting. Looks back from the newest block only as far as needed. */
async function findTransaction(client: PublicClient, from: Address, nonce: number): Promise<Transaction | undefined> {
  const latest = await client.getBlockNumber()
  const isAfter = async (blockNumber: bigint) =>
    (await client.getTransactionCount({ address: from, blockNumber })) > nonce
  const block = (await isAfter(latest))
    ? await client.getBlock({ blockNumber: await firstAfter(latest, isAfter), includeTransactions: true })
    : await client.getBlock({ blockTag: 'pending', includeTransactions: true })
  return block.transactions.find((sent) => sent.nonce === nonce && sent.from.toLowerCase() === from.toLowerCase())
}

/** The first block for which something holds that holds for the last, and for all between. */
async function firstAfter(last: bigint, holds: (block: bigint) => Promise<boolean>): Promise<bigint> {
  let [low, high, step] = [last, last, 1n]
  while (low > 0n && (await holds(low))) {
    high = low
    low = low > step ? low - step : 0n
    step *= 2n
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (await holds(middle)) high = middle
    else low = middle
  }
  return high
}
