import type { EventRange, PaymentChain } from './wallet.ts'

/** The ranges of blocks to ask for, one request each; the newest comes first. */
export async function* pagesOf({ public: chain, fromBlock = 0n, blocksAtOnce }: EventRange & { public: PaymentChain }) {
  if (blocksAtOnce === undefined) {
    yield { fromBlock, toBlock: 'latest' as const }
    return
  }
  const { number: last } = await chain.getBlock()
  for (let toBlock = last; toBlock >= fromBlock; toBlock -= blocksAtOnce) {
    const from = toBlock - blocksAtOnce + 1n
    yield { fromBlock: from > fromBlock ? from : fromBlock, toBlock }
  }
}
