import type { Checkpoint } from '@pennypost/sdk/codec'
import { toAddress } from '@pennypost/sdk/crypto'
import type { ChainReader } from '../chain/index.ts'
import { hashOf, leaksAt, termOf } from '../ledger/index.ts'
import type { BlockRef, Office, ProverStore } from '../store/index.ts'
import { mostRoots, type Said, type Schedule } from './schedule.ts'

type Options = {
  readonly chain: Pick<ChainReader, 'block' | 'time'>
  readonly store: ProverStore
  readonly maxRoots?: number | undefined
}

/**
 * With a registry, a checkpoint is a function of the chain: the next one is made at the first block after the last one's at
 * which the log is longer, or the registry says something else, or a secret is out, or the last one is older than the terms
 * allow. So all provers of a network make the same one, and need not agree on it. It is never made at a block at which
 * nobody is in office.
 */
export function createChainSchedule({ chain, store, maxRoots = mostRoots }: Options): Schedule {
  async function sayAt(last: Checkpoint | undefined, number: bigint): Promise<Said | undefined> {
    const [block, terms, office] = [
      await chain.block(number),
      await store.termsAt(number),
      await store.officeAt(number),
    ]
    if (!block || !terms || !office || !(await isInOffice({ chain, office }, number))) return undefined
    const time = await chain.time(number)
    return {
      block,
      operations: Math.min(await store.operationsUntil(number), Number(last?.operations ?? 0n) + maxRoots),
      issuedAt: Math.max(time, Number(last?.issuedAt ?? 0n)),
      terms,
      office,
      leaks: await leaksAt(store, { block: number, time }),
    }
  }

  return {
    async next(last, head) {
      const due = last ? await blockAfter({ chain, store }, last, head) : await store.officeBegins()
      const number = due && (await inOfficeFrom({ chain, store }, due, head))
      return number === undefined ? undefined : await sayAt(last, number)
    },
    async at(last, { block, operations, issuedAt, head }) {
      if (block > head.number) return issuedAt < (await chain.time(head.number)) ? undefined : 'ahead'
      if (block < (last?.blockNumber ?? 0n)) return undefined
      const said = await sayAt(last, block)
      return said?.operations === operations ? said : undefined
    },
    async signers(last, { issuedAt, block, head }) {
      const named = last ? officeOf(last) : await store.officeAt(block.number)
      if (!named) return []
      const { until, successors } = termOf(await store.offices(), hashOf(named))
      const isOver = (await chain.time(head.number)) > until
      const sets = [...(issuedAt <= until ? [named] : []), ...(isOver ? successors : [])]
      return sets.filter(({ signers }) => signers.length > 0)
    },
  }
}

const officeOf = ({ signers, threshold, officeEndsAt }: Checkpoint): Office => ({
  signers: signers.map(toAddress),
  threshold,
  endsAt: Number(officeEndsAt),
})

/** Whether somebody may be named at the end of a block. */
const isInOffice = async ({ chain, office }: { chain: Options['chain']; office: Office }, number: bigint) =>
  office.signers.length > 0 && (await chain.time(number)) <= office.endsAt

/** The first block from one on at whose end somebody is in office; undefined if there is none yet. */
async function inOfficeFrom({ chain, store }: Options, first: bigint, head: BlockRef): Promise<bigint | undefined> {
  for (let number: bigint | undefined = first; number !== undefined && number <= head.number; ) {
    const office = await store.officeAt(number)
    if (office && (await isInOffice({ chain, office }, number))) return number
    number = await store.changeAfter(number)
  }
  return undefined
}

/** The block of the checkpoint after another; undefined while there is none. */
async function blockAfter({ chain, store }: Options, last: Checkpoint, head: BlockRef): Promise<bigint | undefined> {
  if (last.operations < (await store.operationsUntil(last.blockNumber))) return last.blockNumber // the rest of a long log
  const [operation] = await store.operations(Number(last.operations) + 1, { from: Number(last.operations), limit: 1 })
  const changes = [operation?.block, await store.changeAfter(last.blockNumber), head.number + 1n]
  const change = changes.reduce<bigint>(
    (first, block) => (block !== undefined && block < first ? block : first),
    head.number + 1n,
  )
  const due = Number(last.issuedAt) + last.checkpointSeconds
  return (await firstAt(chain, due, { after: last.blockNumber, before: change })) ?? change
}

/** The first block between two that is not older than a time. */
async function firstAt(
  chain: Pick<ChainReader, 'time'>,
  time: number,
  { after, before }: { after: bigint; before: bigint },
): Promise<bigint | undefined> {
  let [older, found] = [after, before - 1n]
  if (found <= after || (await chain.time(found)) < time) return undefined
  while (found - older > 1n) {
    const middle = (older + found) / 2n
    if ((await chain.time(middle)) < time) older = middle
    else found = middle
  }
  return found
}
