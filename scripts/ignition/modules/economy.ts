import type { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, stringToBytes } from 'viem'

export type Builder = Parameters<Parameters<typeof buildModule>[1]>[0]
type Future = Parameters<Builder['call']>[0]

const day = 86_400
const one = 10n ** 18n

/** `ClassId.STAKE` and `ClassId.PAYMENT`. */
const [stakeInserter, paymentInserter] = [2, 4]

/** Stake class 1 unless a network's parameters say otherwise: 100 tokens for 64 tickets an hour, half lost by a cheat. */
const firstStakes = {
  amount: 100n * one,
  penalty: 50n * one,
  limit: 64,
  epochLength: 3_600,
  unitsPerTicket: 64,
  laneTtl: day,
  rootWindow: 3_600,
}

/** Payments, the operators' pool, stakes, checkpoints and notices, around a token and a tree that are there. */
export function addEconomy(m: Builder, token: Future, tree: Future) {
  const owner = m.getAccount(0)
  const disposal = m.getParameter('disposal', 0)
  const rewardCap = m.getParameter('rewardCap', 10n * one)
  const pool = m.contract('OperatorPool', [owner, token])
  const floor = {
    leastBase: m.getParameter('leastBase', one / 100n),
    mostBond: m.getParameter('mostBond', 100n * one),
    mostTip: m.getParameter('mostTip', 100n * one),
    operatorShare: m.getParameter('operatorShare', 3_000),
  }
  const payments = m.contract('Payments', [owner, token, tree, disposal, pool, floor])
  m.call(tree, 'addInserter', [payments, paymentInserter], { id: 'addPayments' })

  const [PoseidonT3, PoseidonT4, PoseidonT5] = [
    m.library('PoseidonT3'),
    m.library('PoseidonT4'),
    m.library('PoseidonT5'),
  ]
  const stakes = m.contract('StakeRegistry', [owner, token, tree, disposal, rewardCap], {
    libraries: { PoseidonT3, PoseidonT4 },
  })
  const inserter = m.call(tree, 'addInserter', [stakes, stakeInserter], { id: 'addStakes' })
  m.call(stakes, 'addClass', [stakeTerms(m)], { id: 'addStakeClass', after: [inserter] })

  const networkId = m.getParameter('networkId', keccak256(stringToBytes('pennypost-local')))
  const signerBond = m.getParameter('signerBond', 1_000n * one)
  const checkpoints = m.contract(
    'CheckpointRegistry',
    [owner, token, tree, disposal, networkId, signerBond, rewardCap],
    { libraries: { PoseidonT3, PoseidonT5 } },
  )
  const notice = m.contract('Notice', [owner, token, disposal, m.getParameter('noticePrice', 5n * one)])
  return { pool, payments, stakes, checkpoints, notice }
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
