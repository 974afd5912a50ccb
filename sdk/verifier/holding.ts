import type { Holding } from '../codec/lane.ts'
import { encodeWords, fromBytes, toBytes32 } from '../crypto/abi.ts'
import { addressToBytes } from '../crypto/address.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { xOf } from '../crypto/use.ts'
import { type FactCondition, factClassOf, type HoldsCondition, readAsset } from '../policy/index.ts'
import { isStale } from './checkpoint.ts'
import { type ClaimTarget, isShownBy, type NamedUse, namedClass, namedNullifierOf } from './claim.ts'
import { factClass, factEpochOf } from './fact-class.ts'
import { type Refusal, refuse } from './refusal.ts'
import { decodeRlp, isBytes, numberOfRlp } from './rlp.ts'
import { proveInTrie } from './trie-proof.ts'

/** Stands where the name of an issuer would: nobody's word is taken. */
export const noIssuer: Uint8Array = new Uint8Array(32)

/** Longer than any header of a block. */
const longestHeader = 1_024

/**
 * Checks what an account shows to hold (EIP-1186), cheapest first: lengths, epoch, chain, whose word it is, and the block; then the
 * account under the block's state, and what it holds there. No issuer has a say, and none can lie.
 */
export function checkHolding(holding: Holding, target: ClaimTarget, fact: FactCondition): NamedUse | Refusal {
  if (fact.kind !== 'holds') return refuse('evidence.malformed', 'Only what an account holds is proven.')
  if (!hasLengths(holding))
    return refuse('holding.malformed', 'The holding has a field of the wrong length, or a number that is no use.')
  const { checkpoint, now } = target
  const epoch = factEpochOf(now)
  if (!checkpoint || isStale(checkpoint, now) || checkpoint.factBlock?.epoch !== epoch) {
    return refuse('holding.no-checkpoint', 'The node has no checkpoint of this epoch yet. Try again in a minute.')
  }
  if (holding.epoch !== BigInt(epoch)) {
    return refuse('holding.out-of-date', `The holding is of epoch ${holding.epoch}; ${epoch} is current. Prove again.`)
  }
  if (factClassOf(fact).chainId !== checkpoint.latest.chainId) {
    return refuse(
      'holding.chain-unknown',
      'Checkpoints name blocks of another chain: no proof can meet this condition.',
    )
  }
  const { subject, number, nullifier, header } = holding
  const name = { networkId: target.networkId, fact, issuerName: noIssuer, epoch, subject, number }
  if (!equalBytes(nullifier, toBytes32(namedNullifierOf(name))))
    return refuse('holding.malformed', 'The nullifier is not that of this account, fact, epoch and number.')
  if (!isShownBy(holding, target)) return notShown
  if (!equalBytes(keccak256(header), checkpoint.factBlock.hash)) {
    return refuse(
      'holding.block-unknown',
      'The header is not that of the block by which holdings of this epoch are proven.',
    )
  }
  return (
    checkAmount(holding, fact) ?? {
      nullifier: fromBytes(nullifier),
      x: xOf(target.use),
      noteClass: namedClass,
      subject,
    }
  )
}

const notShown = refuse(
  'holding.not-for-this',
  'The account has not signed that the holding is shown for this lane. An account that is a contract cannot: nodes ask no chain.',
)

function hasLengths({ subject, nullifier, shown, number, header }: Holding): boolean {
  const isRight = subject.length === 20 && nullifier.length === 32 && shown.length === 65
  return isRight && number < factClass.limit && header.length <= longestHeader
}

function checkAmount(holding: Holding, fact: HoldsCondition): Refusal | undefined {
  const amount = provenAmount(holding, fact)
  if (amount === undefined) {
    return refuse('holding.proof-invalid', 'The proof does not lead from the block to what the account holds.')
  }
  if (amount >= fact.amount) return undefined
  return refuse('holding.not-enough', `The account held ${amount} at that block; ${fact.amount} are asked for.`)
}

/** What of evidence proves what an account holds. */
export type HoldingProof = { readonly [Name in 'header' | 'subject']: Uint8Array } & {
  readonly [Name in 'accountProof' | 'storageProof']: readonly Uint8Array[]
}

/** What an account holds under a block's state; undefined where that is not proven. */
export function provenAmount(
  { header, accountProof, storageProof, subject }: HoldingProof,
  fact: HoldsCondition,
): bigint | undefined {
  const root = stateRootOf(header)
  const { contract } = readAsset(fact.asset) ?? {}
  const account = root && accountUnder(root, contract === undefined ? subject : addressToBytes(contract), accountProof)
  if (!account) return undefined
  if (contract === undefined) return storageProof.length === 0 ? account.balance : undefined
  return fact.slot === undefined ? undefined : wordUnder(account.storageRoot, placeOf(subject, fact.slot), storageProof)
}

function stateRootOf(header: Uint8Array): Uint8Array | undefined {
  const fields = decodeRlp(header)
  const root = fields instanceof Uint8Array ? undefined : fields?.[3]
  return isBytes(root, 32) ? root : undefined
}

type Account = { readonly balance: bigint; readonly storageRoot: Uint8Array }

const noAccount: Account = { balance: 0n, storageRoot: new Uint8Array(32) }

/** One that is not there holds nothing. */
function accountUnder(root: Uint8Array, address: Uint8Array, proof: readonly Uint8Array[]): Account | undefined {
  const proven = proveInTrie(root, address, proof)
  if (!proven) return undefined
  if (!proven.value) return noAccount
  const fields = decodeRlp(proven.value)
  if (!fields || fields instanceof Uint8Array || fields.length !== 4) return undefined
  const [nonce, balance, storageRoot, codeHash] = fields
  const amount = numberOfRlp(balance)
  const isWhole = numberOfRlp(nonce) !== undefined && isBytes(storageRoot, 32) && isBytes(codeHash, 32)
  return isWhole && amount !== undefined ? { balance: amount, storageRoot } : undefined
}

/** A word of a contract's storage; none is zero. */
function wordUnder(root: Uint8Array, place: Uint8Array, proof: readonly Uint8Array[]): bigint | undefined {
  const proven = proveInTrie(root, place, proof)
  if (!proven) return undefined
  return proven.value ? numberOfRlp(decodeRlp(proven.value)) : 0n
}

/** Where Solidity keeps the value of an account in a mapping at a slot. */
export const placeOf = (account: Uint8Array, slot: number): Uint8Array =>
  keccak256(encodeWords([account, BigInt(slot)]))
