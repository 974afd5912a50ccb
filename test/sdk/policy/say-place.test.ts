import { expect, test } from 'vitest'
import { explainRule, parseRule } from '../../../sdk/policy/index.ts'
import { sayChain, sayContract, sayHolding } from '../../../sdk/policy/say-place.ts'

const address = `0x${'2358'.repeat(10)}`
const hash = `0x${'ab'.repeat(32)}`

test.each([
  ['holds eip155:31337/slip44:60 >= 0.5', 'you hold 0.5 ether on chain 31337'],
  ['holds eip155:1/slip44:60 >= 2', 'you hold 2 ether on Ethereum'],
  ['holds eip155:137/slip44:60 >= 2', 'you hold 2 of the coin of chain 137'],
  [`holds eip155:10/erc20:${address} >= 2.5 decimals 6`, `you hold 2.5 of the token ${address} on Optimism`],
  [`holds eip155:1/erc721:${address} >= 3`, `you hold 3 of the collection ${address} on Ethereum`],
  [`holds eip155:1/erc721:${address}/7`, `you hold number 7 of the collection ${address} on Ethereum`],
  [`holds eip155:8453/erc1155:${address}/7 >= 4`, `you hold 4 of number 7 of the collection ${address} on Base`],
  ['age eip155:42161 >= 90 days', 'your account has been used on Arbitrum One for 90 days'],
  ['txCount eip155:11155111 >= 5', 'your account has sent 5 transactions on Sepolia'],
  [`interacted eip155:5:${address}`, `one of the last 1000 transactions of your account went to ${address} on chain 5`],
  [
    `connected eip155:1:${address} from ${address}`,
    `${address} has connected with your account by ${address} on Ethereum`,
  ],
  [
    `attested eip155:1:${address} schema ${hash} from ${address}`,
    `${address} has attested to your account, by schema ${hash} of ${address} on Ethereum`,
  ],
])('%s is said as: %s', (rule, words) => {
  expect(explainRule(parseRule(rule))).toBe(`${words} (an issuer of the network has attested it)`)
})

test('what names nothing is said as it is written', () => {
  const written = ['eip155:1/slip99:1', 'constructor', '']
  expect(written.map(sayChain)).toEqual(written)
  expect(written.map(sayContract)).toEqual(written)
  expect(written.map((text) => sayHolding('1', text))).toEqual(written.map((text) => `1 of ${text}`))
})
