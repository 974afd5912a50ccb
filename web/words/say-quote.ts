import type { Client, SendQuote } from '@pennypost/sdk'
import { formatAmount } from '@pennypost/sdk/policy'

type Token = Pick<Client, 'decimals'>

/** An amount of the network's token. */
export const sayAmount = (amount: bigint, token: Token): string => {
  const text = formatAmount(amount, token)
  return `${text} ${text === '1' ? 'token' : 'tokens'}`
}

/** What the node learns, and the recipient, of who writes. */
export function sayNode({ path, reveals }: Pick<SendQuote, 'path' | 'reveals'>): string {
  if (reveals) return `The node ${reveals.node}. The recipient ${reveals.recipient}.`
  return path === 'sealed'
    ? 'The node does not learn who writes.'
    : 'The node knows that you write to this account, as with every message of an XMTP app; it learns nothing else of you.'
}
