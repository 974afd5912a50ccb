import { type Address, addressToBytes, encodeWords, type Hex, toHex } from '@pennypost/sdk/crypto'
import type { TimedBlock } from '../chain/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'

/** A token or a coin, and who may hold it. */
export type Holding = {
  readonly namespace: 'erc20' | 'erc721' | 'erc1155' | 'slip44'
  readonly contract: Hex | undefined
  readonly id: bigint | undefined
  readonly subject: Address
}

/** More than there can be of anything: it stands for an error, or for all that anybody asks for. */
const impossible = 2n ** 256n - 1n

/** How much of a token or a coin an account holds after a block. */
export async function readHolding(
  chain: FactChain,
  holding: Holding,
  block: TimedBlock,
): Promise<Found<bigint> | FactRefusal> {
  const { namespace, contract, id, subject } = holding
  if (contract === undefined) return await chain.balance(subject, block)
  const word = await readWord(chain, { to: contract, data: callOf(holding) }, block)
  if (namespace === 'erc721' && id !== undefined) return isOwner(word, holding)
  if (!word.ok || word.value !== impossible) return word
  return refuse('fact.amount-impossible', `${contract} says that ${subject} holds 2^256 - 1: nobody can.`)
}

/** One or none, by the word that is the owner. A contract refuses to name the owner of a token that does not exist. */
function isOwner(word: Found<bigint> | FactRefusal, { subject, contract }: Holding): Found<bigint> | FactRefusal {
  if (!word.ok) return word.code === 'fact.token-refuses' ? found(0n) : word
  if (word.value >> 160n === 0n) return found(word.value === BigInt(subject) ? 1n : 0n)
  return refuse('fact.token-senseless', `${contract} names no account as the owner.`)
}

const selectors = { balanceOf: '0x70a08231', balanceOfId: '0x00fdd58e', ownerOf: '0x6352211e' } as const

function callOf({ namespace, id, subject }: Holding): Hex {
  const account = addressToBytes(subject)
  if (id === undefined) return write(selectors.balanceOf, [account])
  return namespace === 'erc721' ? write(selectors.ownerOf, [id]) : write(selectors.balanceOfId, [account, id])
}

export const write = (selector: Hex, words: Parameters<typeof encodeWords>[0]): Hex =>
  `${selector}${toHex(encodeWords(words))}`

/** The one word that a contract answers. */
export async function readWord(
  chain: FactChain,
  { to, data }: { to: Hex; data: Hex },
  block: TimedBlock,
): Promise<Found<bigint> | FactRefusal> {
  const answer = await chain.call(to, data, block)
  if (!answer.ok) return answer
  if (answer.value === 'refused') return refuse('fact.token-refuses', `${to} refuses to answer.`)
  if (/^0x[0-9a-f]{64}$/i.test(answer.value)) return found(BigInt(answer.value))
  const code = await chain.code(to, block)
  if (!code.ok) return code
  if (code.value === '0x') return refuse('fact.contract-missing', `There was no contract at ${to} then.`)
  return refuse('fact.token-senseless', `${to} does not answer with one number.`)
}
