import type { Storage } from '@pennypost/sdk'
import type { Link } from './read-link.ts'

/** What was pressed on the page and not ended: it is gone on with when the page is loaded again. */
export type Begun = {
  readonly way: string
  /** Stamps that are to be bought; none once the chain has them. */
  readonly count: number
  readonly maxPrice: bigint
}

const keyOf = ({ wallet, recipient }: Link) => `provide ${wallet} ${recipient}`

/** What was begun for a link on this device. */
export async function readBegun(storage: Storage, link: Link): Promise<Begun | undefined> {
  const bytes = await storage.get(keyOf(link))
  if (!bytes || bytes.length === 0) return undefined
  const { maxPrice, ...begun } = JSON.parse(new TextDecoder().decode(bytes))
  return { ...begun, maxPrice: BigInt(maxPrice) }
}

/** Writes it down before anything is done, or that nothing is open any more. */
export async function writeBegun(storage: Storage, link: Link, begun: Begun | undefined): Promise<void> {
  const text = begun ? JSON.stringify({ ...begun, maxPrice: begun.maxPrice.toString() }) : ''
  await storage.set(keyOf(link), new TextEncoder().encode(text))
}
