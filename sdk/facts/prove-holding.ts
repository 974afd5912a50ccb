import type { Checkpoint, Holding } from '../codec/index.ts'
import type { Address, Hex } from '../crypto/index.ts'
import { addressToBytes, concatBytes, parseWalletSignature, toBytes32, toHex } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { type HoldsCondition, readAsset } from '../policy/index.ts'
import { namedNullifierOf, noIssuer, placeOf, provenAmount } from '../verifier/index.ts'
import { headerOf, nodesOf, type ToldBlock } from './block-header.ts'

/** What of a viem public client is asked. */
export type ProofChain = {
  getBlock(parameters: { blockHash: Hex }): Promise<object>
  getProof(parameters: { address: Address; storageKeys: Hex[]; blockNumber: bigint }): Promise<{
    readonly accountProof: readonly string[]
    readonly storageProof: readonly { readonly proof: readonly string[] }[]
  }>
}

/** What an account holds, proven by the state of the chain at the block of an epoch. */
export type ProvenHolding = {
  readonly fact: HoldsCondition
  readonly epoch: number
  /** 20 bytes. */
  readonly subject: Uint8Array
  readonly header: Uint8Array
  readonly accountProof: readonly Uint8Array[]
  readonly storageProof: readonly Uint8Array[]
}

type Proving = {
  readonly chain: ProofChain
  readonly subject: Address
  readonly epoch: number
  /** The first of the epoch. */
  readonly checkpoint: Pick<Checkpoint, 'blockHash' | 'blockNumber'>
}

/**
 * Has an endpoint of the chain prove what an account holds (EIP-1186), and checks the proof as a verifier will. Endpoints forget old
 * states: prove soon after the epoch has begun, or ask one that keeps them. It learns account and token.
 *
 * Throws `holding.unproven` where the endpoint has no such state, or proves something else, and `fact.not-held` where the account
 * held less.
 */
export async function proveHolding(fact: HoldsCondition, proving: Proving): Promise<ProvenHolding> {
  const { chain, subject: account, epoch, checkpoint } = proving
  const { blockHash, blockNumber } = checkpoint
  const { contract } = readAsset(fact.asset) ?? {}
  const subject = addressToBytes(account)
  const place: Hex = `0x${toHex(placeOf(subject, fact.slot ?? 0))}`
  const address = (contract ?? account) as Address
  const { header, accountProof, storageProof } = await Promise.all([
    chain.getBlock({ blockHash: `0x${toHex(blockHash)}` }),
    chain.getProof({ address, storageKeys: contract ? [place] : [], blockNumber }),
  ])
    .then(([block, proof]) => ({
      header: headerOf(block as ToldBlock, blockHash),
      accountProof: nodesOf(proof.accountProof),
      storageProof: contract ? nodesOf(proof.storageProof[0]?.proof ?? []) : [],
    }))
    .catch((cause) => {
      throw new HoldingUnprovenError('The endpoint of the chain does not prove its state at the block of this epoch.', {
        cause,
        hint: 'Ask one that keeps old states, or prove when the next epoch begins.',
      })
    })
  if (!header) throw new HoldingUnprovenError('What the endpoint says of the block does not give its hash.')
  const proven = { fact, epoch, subject, header, accountProof, storageProof }
  const amount = provenAmount(proven, fact)
  if (amount === undefined) throw new HoldingUnprovenError('The proof does not lead from the block to the account.')
  if (amount >= fact.amount) return proven
  throw new FactNotHeldError(
    `The account held ${amount} of ${fact.asset} at block ${blockNumber}, not ${fact.amount}.`,
    {
      hint: 'Prove again in the next epoch.',
    },
  )
}

/** The fields of a holding as evidence. */
export type HoldingFields = Omit<Holding, '$typeName' | '$unknown'>

/** A holding as evidence for one use: with the number of the use, and the account's signature over `shownTypedData`. */
export function showHolding(
  { fact, epoch, subject, header, accountProof, storageProof }: ProvenHolding,
  {
    networkId,
    number,
    signature,
  }: { readonly networkId: Uint8Array; readonly number: number; readonly signature: string },
): HoldingFields {
  const { bytes, recovery } = parseWalletSignature(signature)
  return {
    header,
    accountProof: [...accountProof],
    storageProof: [...storageProof],
    subject,
    epoch: BigInt(epoch),
    number,
    nullifier: toBytes32(namedNullifierOf({ networkId, fact, issuerName: noIssuer, epoch, subject, number })),
    shown: concatBytes(bytes, Uint8Array.of(recovery)),
  }
}

/** The chain's state is not proven. */
export class HoldingUnprovenError extends BaseError {
  override readonly code = 'holding.unproven'
}

/** The account held less than is asked for. */
export class FactNotHeldError extends BaseError {
  override readonly code = 'fact.not-held'
}
