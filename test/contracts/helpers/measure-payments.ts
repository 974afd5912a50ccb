import { type Address, encodeAbiParameters, type Hex, keccak256, maxUint256 } from 'viem'
import { noteTreeAbi, operatorPoolAbi, paymentsAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import { type GasChain, type GasTable, startTime } from './gas-chain.ts'
import { growRecipientTree, openingOf, recipientOf } from './recipient-tree.ts'
import { signPermit } from './sign-permit.ts'

const one = 10n ** 18n
const week = 604_800n
const rate = { base: one, bond: 5n * one, tip: 2n * one }
const floor = { leastBase: 1n, mostBond: 100n * one, mostTip: 100n * one, operatorShare: 3_000 }
const deliverBy = startTime + week
const types = {
  Verdict: [
    { name: 'payment', type: 'bytes32' },
    { name: 'index', type: 'uint256' },
    { name: 'verdict', type: 'string' },
  ],
} as const

/** Gas of paying, settling and refunding. Recipients hold no tokens yet, and their signatures are checked. */
export async function measurePayments(chain: GasChain): Promise<GasTable> {
  const { gasOf, clock } = chain
  const { payments, token, pool } = await deployPayments(chain)
  const settle = async (count: number, index: number, verdict: Verdict, sender = 1) =>
    await gasOf(
      3,
      payments,
      paymentsAbi,
      'settle',
      await settlement(chain, payments, { count, index, verdict, sender }),
    )
  const pay = (sender: number, count: number) =>
    gasOf(sender, payments, paymentsAbi, 'pay', [growRecipientTree(count).root, BigInt(count), rate, deliverBy])

  await pay(0, 2)
  const paid = {
    'Payments.pay, one recipient, standing allowance': await pay(1, 1),
    'Payments.pay, again': await pay(1, 64),
    'Payments.pay, 100,000 recipients': await pay(1, 100_000),
    'Payments.payWithPermit': await payWithPermit(chain, payments, token),
  }
  const settled = {
    'Payments.settle, the only recipient': await settle(1, 0, 'fine', 1),
    'Payments.settle, the only recipient, called spam': await settle(1, 0, 'spam', 2),
    'Payments.settle, first of 256 neighbours among 100,000': await settle(100_000, 99_999, 'fine'),
    'Payments.settle, one of 100,000': await settle(100_000, 99_998, 'fine'),
    'Payments.settle, one of 64, called spam': await settle(64, 63, 'spam'),
    'Payments.settleMany, 50 of 64 recipients, each': await settleMany(chain, payments),
  }
  const [terms] = await settlement(chain, payments, { count: 64, index: 0, verdict: 'fine' })
  await clock.setNextBlockTimestamp({ timestamp: deliverBy + 2n * week })
  return {
    ...paid,
    ...settled,
    'Payments.refund': await gasOf(1, payments, paymentsAbi, 'refund', [terms]),
    'OperatorPool.withdraw': await gasOf(0, pool, operatorPoolAbi, 'withdraw', []),
  }
}

async function deployPayments({ viem, addressOf, gasOf }: GasChain) {
  const owner = addressOf(0)
  const { address: token } = await viem.deployContract('PostageToken', [owner, 10n ** 9n * one])
  const { address: tree } = await viem.deployContract('NoteTree', [owner, 2 ** 20])
  const { address: pool } = await viem.deployContract('OperatorPool', [owner, token])
  const { address: payments } = await viem.deployContract('Payments', [owner, token, tree, 0, pool, floor])
  await gasOf(0, tree, noteTreeAbi, 'addInserter', [payments, 4])
  await gasOf(0, pool, operatorPoolAbi, 'addOperator', [owner])
  for (const sender of [1, 2]) {
    await gasOf(0, token, postageTokenAbi, 'transfer', [addressOf(sender), 10n ** 8n * one])
  }
  for (const sender of [0, 1]) await gasOf(sender, token, postageTokenAbi, 'approve', [payments, maxUint256])
  return { token, pool, payments }
}

async function payWithPermit({ client, wallet, gasOf }: GasChain, payments: Address, token: Address) {
  const permit = await signPermit({ client, wallet: wallet(2), token, spender: payments, value: 8n * one })
  return await gasOf(2, payments, paymentsAbi, 'payWithPermit', [
    growRecipientTree(1).root,
    1n,
    rate,
    deliverBy,
    permit,
  ])
}

async function settleMany(chain: GasChain, payments: Address): Promise<number> {
  const indexes = Array.from({ length: 50 }, (_, i) => i + 1)
  const verdictOf = (index: number): Verdict => (index % 5 === 0 ? 'spam' : 'fine')
  const all = await Promise.all(
    indexes.map((index) => settlement(chain, payments, { count: 64, index, verdict: verdictOf(index) })),
  )
  const batch = { terms: all[0]![0], openings: all.map(([, opening]) => opening) }
  return Math.round((await chain.gasOf(3, payments, paymentsAbi, 'settleMany', [[batch]])) / all.length)
}

type Verdict = 'fine' | 'spam'
type Place = { readonly count: number; readonly index: number; readonly verdict: Verdict; readonly sender?: number }

/** What `settle` takes for one recipient of a wallet's payment, signed by the recipient. */
async function settlement({ addressOf }: GasChain, payments: Address, { count, index, verdict, sender = 1 }: Place) {
  const { root, pathOf } = growRecipientTree(count)
  const terms = { sender: addressOf(sender), count, deliverBy: Number(deliverBy), root, rate }
  const domain = { name: 'Pennypost Payments', version: '1', chainId: 31_337, verifyingContract: payments }
  const message = { payment: paymentOf(terms), index: BigInt(index), verdict }
  const signature = await recipientOf(index).signTypedData({ domain, types, primaryType: 'Verdict', message })
  const place = { index: BigInt(index), ...openingOf(index), siblings: pathOf(index) }
  return [terms, { ...place, verdict: verdict === 'spam' ? 1 : 0, signature }] as const
}

function paymentOf({ sender, count, deliverBy, root, rate: { base, bond, tip } }: Terms) {
  const words = ['string', 'address', 'uint256', 'uint256', 'bytes32', 'uint256', 'uint256', 'uint256'] as const
  const types = words.map((type) => ({ type }))
  const label = 'pennypost/payment/v1'
  return keccak256(encodeAbiParameters(types, [label, sender, BigInt(count), BigInt(deliverBy), root, base, bond, tip]))
}

type Terms = {
  readonly sender: Address
  readonly count: number
  readonly deliverBy: number
  readonly root: Hex
  readonly rate: { readonly base: bigint; readonly bond: bigint; readonly tip: bigint }
}
