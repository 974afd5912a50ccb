import { type Block, blockName, type OwnBlock } from '../../codec/index.ts'

// A version of the list that adds two blocks of one account tells the node which belong together. So what is done about an
// account is written down at once, where the account's clients alone see it, and done block by block.

/** Bit 0 of a block's sources: the account has said so itself. */
export const ownWord = 1

/** Writes down that blocks are to come. What was about to go stays. */
export function planBlocks(blocks: readonly OwnBlock[], wanted: readonly OwnBlock[]): OwnBlock[] {
  const asked = new Map(wanted.map((block) => [blockName(block), block]))
  const known = namesOf(blocks)
  const stay = blocks.map((block) => {
    const again = asked.get(blockName(block))
    if (!again) return block
    const { kind, value, due, allowedBefore = 0, sources } = block
    const allowed = Math.max(allowedBefore, again.allowedBefore ?? 0)
    return {
      kind,
      value,
      due: due === 'come' ? due : undefined,
      allowedBefore: allowed || undefined,
      sources: sources && sources | ownWord,
    }
  })
  const fresh = wanted.filter((block) => !known.has(blockName(block)))
  return [...stay, ...fresh.map((block): OwnBlock => ({ ...block, due: 'come' }))]
}

/** Writes down that blocks are to go. What was still to come never does. */
export function planRemoval(blocks: readonly OwnBlock[], unwanted: readonly Block[]): OwnBlock[] {
  const names = namesOf(unwanted)
  return blocks.flatMap((block): OwnBlock[] => {
    if (!names.has(blockName(block))) return [block]
    return block.due === 'come' ? [] : [{ ...block, due: 'go' }]
  })
}

/** Does what is due about one block, if it still is. */
export function doDue(blocks: readonly OwnBlock[], block: Block | undefined): OwnBlock[] {
  const name = block && blockName(block)
  return blocks.flatMap((one) => {
    if (!one.due || blockName(one) !== name) return [one]
    return one.due === 'come' ? [plain(one)] : []
  })
}

/** The first block of some that something is due about. */
export const firstDue = (blocks: readonly OwnBlock[], among: readonly Block[]): Block | undefined =>
  among.find((block) => blocks.some((one) => one.due && blockName(one) === blockName(block)))

const namesOf = (blocks: readonly Block[]): Set<string> => new Set(blocks.map(blockName))

const plain = ({ due: _, ...block }: OwnBlock): OwnBlock => block
