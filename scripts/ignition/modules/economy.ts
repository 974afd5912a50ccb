import type { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { type Address, fromHex, type Hex } from 'viem'
import { BabyJubjub } from '../../../sdk/crypto/index.ts'
import { defaultTerms } from '../../../sdk/verifier/index.ts'

export type Builder = Parameters<Parameters<typeof buildModule>[1]>[0]
export type Future = Parameters<Builder['call']>[0]
type Call = ReturnType<Builder['call']>
type Poseidon = ReturnType<typeof addPoseidon>

/** Who is something from the first day on; everybody after them needs the timelock. */
export type Founders = {
  /** Who share the operators' part of each base. */
  readonly operators?: readonly Address[]
  /** The first signers of checkpoints: announced, so that whoever of them has left a bond can take office at once. */
  readonly signers?: readonly Address[]
  /** How many of the signers are enough; more than half by default. */
  readonly threshold?: number
  /** Whose word on facts counts. */
  readonly issuers?: readonly FirstIssuer[]
}

/** Where an issuer answers, and its key, as `GET /v1/info` of its prover says it. */
export type FirstIssuer = { readonly url: string; readonly x: Hex; readonly y: Hex }

/** What each signer of checkpoints leaves, and the most that one is worth to who shows that it lied; whole tokens. */
export const firstSigners = { bond: 100_000, rewardCap: 5_000 }

type Options = {
  readonly token: Future
  readonly tree: Future
  readonly networkId: ReturnType<Builder['getParameter']>
  /** Sells stamps of class 1, once `opened` is done. */
  readonly postage: Future
  readonly opened: Call
  readonly founders: Founders
}

const day = 86_400
const one = 10n ** 18n

/** `ClassId.STAKE` and `ClassId.PAYMENT`. */
const [stakeInserter, paymentInserter] = [2, 4]

/** Stake class 1 unless a network's parameters say otherwise: 1,000 tokens for 16 tickets a day, half lost by a cheat. */
export const firstStakes = {
  amount: 1_000n * one,
  penalty: 500n * one,
  limit: 16,
  epochLength: day,
  unitsPerTicket: 64,
  laneTtl: day,
  rootWindow: 3_600,
}

/** Payments, the operators' pool, stakes, checkpoints and notices, around a token and a tree that are there. */
export function addEconomy(m: Builder, { token, tree, networkId, postage, opened: onSale, founders }: Options) {
  const owner = m.getAccount(0)
  const disposal = m.getParameter('disposal', 0)
  const { pool, payments, inserter } = addPayments(m, token, tree)
  const poseidon = addPoseidon(m)
  const { stakes, opened } = addStakes(m, token, tree, poseidon)
  const signerBond = m.getParameter('signerBond', BigInt(firstSigners.bond) * one)
  const signerRewardCap = m.getParameter('signerRewardCap', BigInt(firstSigners.rewardCap) * one)
  const checkpoints = m.contract(
    'CheckpointRegistry',
    [owner, token, tree, disposal, networkId, signerBond, signerRewardCap],
    { libraries: { PoseidonT3: poseidon.PoseidonT3, PoseidonT5: poseidon.PoseidonT5 } },
  )
  const notice = m.contract('Notice', [owner, token, disposal, m.getParameter('noticePrice', 5n * one)])
  const { issuers = [] } = founders
  const added = issuers.map((issuer, i) => m.call(checkpoints, 'addIssuer', shownKey(issuer), { id: `addIssuer${i}` }))
  const terms = m.call(checkpoints, 'setTerms', [firstTerms(m, [postage, stakes, payments], issuers)], {
    after: [onSale, opened, inserter, ...added],
  })
  const settings: Call[] = [inserter, opened, terms, ...addFounders(m, { pool, checkpoints }, founders)]
  return { pool, payments, stakes, checkpoints, notice, settings }
}

/** The network's terms on its first day: class 1 of each contract, and no list of nodes. */
const firstTerms = (m: Builder, sources: readonly Future[], issuers: readonly FirstIssuer[]) => ({
  floor: m.getParameter('floor', defaultTerms.floor),
  defaultRule: m.getParameter('defaultRule', defaultTerms.defaultRule),
  requestBits: m.getParameter('requestBits', defaultTerms.requestBits),
  checkpointSeconds: m.getParameter('checkpointSeconds', 300),
  classes: sources.map((source) => ({ source, number: 1 })),
  nodes: [],
  issuers: issuers.map(({ url, ...key }) => ({ url, ...pointOf(key) })),
})

type Key = Pick<FirstIssuer, 'x' | 'y'>

/** The coordinates of an issuer's key. */
export const pointOf = ({ x, y }: Key) => ({ x: fromHex(x, 'bigint'), y: fromHex(y, 'bigint') })

/** An issuer's key, and the point of which it is eight times: there is one for each key of the subgroup. */
function shownKey(key: Key): [bigint, bigint, [bigint, bigint]] {
  const point = pointOf(key)
  const eighth = BabyJubjub.fromAffine(point).multiply(BabyJubjub.Fn.inv(8n)).toAffine()
  return [point.x, point.y, [eighth.x, eighth.y]]
}

/** Each hash of so many inputs less one is a library of its own. */
const addPoseidon = (m: Builder) => ({
  PoseidonT3: m.library('PoseidonT3'),
  PoseidonT4: m.library('PoseidonT4'),
  PoseidonT5: m.library('PoseidonT5'),
})

function addPayments(m: Builder, token: Future, tree: Future) {
  const owner = m.getAccount(0)
  const pool = m.contract('OperatorPool', [owner, token])
  const floor = {
    leastBase: m.getParameter('leastBase', one / 100n),
    mostBond: m.getParameter('mostBond', 100n * one),
    mostTip: m.getParameter('mostTip', 100n * one),
    operatorShare: m.getParameter('operatorShare', 3_000),
  }
  const payments = m.contract('Payments', [owner, token, tree, m.getParameter('disposal', 0), pool, floor])
  return { pool, payments, inserter: m.call(tree, 'addInserter', [payments, paymentInserter], { id: 'addPayments' }) }
}

function addStakes(m: Builder, token: Future, tree: Future, { PoseidonT3, PoseidonT4 }: Poseidon) {
  const rewardCap = m.getParameter('rewardCap', 10n * one)
  const args = [m.getAccount(0), token, tree, m.getParameter('disposal', 0), rewardCap]
  const stakes = m.contract('StakeRegistry', args, { libraries: { PoseidonT3, PoseidonT4 } })
  const inserter = m.call(tree, 'addInserter', [stakes, stakeInserter], { id: 'addStakes' })
  return { stakes, opened: m.call(stakes, 'addClass', [stakeTerms(m)], { id: 'addStakeClass', after: [inserter] }) }
}

/** How many of so many signers are enough, unless parameters say otherwise: no two majorities are disjoint. */
export const majorityOf = (count: number): number => Math.floor(count / 2) + 1

function addFounders(m: Builder, { pool, checkpoints }: Record<'pool' | 'checkpoints', Future>, founders: Founders) {
  const { operators = [], signers = [], threshold = majorityOf(signers.length) } = founders
  const calls = operators.map((operator, i) => m.call(pool, 'addOperator', [operator], { id: `addOperator${i}` }))
  return signers.length === 0 ? calls : [...calls, m.call(checkpoints, 'announce', [[...signers], threshold])]
}

function stakeTerms(m: Builder) {
  return {
    amount: m.getParameter('stakeAmount', firstStakes.amount),
    penalty: m.getParameter('stakePenalty', firstStakes.penalty),
    limit: m.getParameter('stakeLimit', firstStakes.limit),
    epochLength: m.getParameter('epochLength', firstStakes.epochLength),
    unitsPerTicket: m.getParameter('stakeUnitsPerTicket', firstStakes.unitsPerTicket),
    laneTtl: m.getParameter('stakeLaneTtl', firstStakes.laneTtl),
    rootWindow: m.getParameter('stakeRootWindow', firstStakes.rootWindow),
  }
}
