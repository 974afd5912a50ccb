import { expect, test } from 'vitest'
import { formatRule, parseRule, resolveDecimals } from '../../../sdk/policy/index.ts'

const usdc = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
const other = '0x23581767a106ae21c074b2276D25e5C3e136a68b'
const asked: string[] = []
const decimalsOf = async (contract: string, chainId: bigint) => {
  asked.push(`${contract} ${chainId}`)
  return contract === usdc ? 6 : 18
}

test('each amount of a token gets the decimals of its contract, asked once, and one that says them keeps its own', async () => {
  const { text, tokens } = await resolveDecimals(
    `(holds eip155:1/erc20:${usdc.toLowerCase()} >= 100.5) or holds eip155:1/erc20:${usdc} >= 7 by 2 issuers or holds eip155:10/erc20:${other} >= 0.25 ` +
      `and holds eip155:1/erc20:${other} >= 3 decimals 9 or holds eip155:1/slip44:60 >= 0.5 or holds eip155:1/erc721:${other}`,
    decimalsOf,
  )
  expect(asked).toEqual([`${usdc} 1`, `${other} 10`])
  expect(tokens).toEqual([
    { chainId: 1n, contract: usdc, decimals: 6 },
    { chainId: 10n, contract: other, decimals: 18 },
  ])
  expect(formatRule(parseRule(text))).toBe(
    `holds eip155:1/erc20:${usdc.toLowerCase()} >= 100.5 decimals 6 or holds eip155:1/erc20:${usdc.toLowerCase()} >= 7 decimals 6 by 2 issuers or ` +
      `(holds eip155:10/erc20:${other.toLowerCase()} >= 0.25 decimals 18 and holds eip155:1/erc20:${other.toLowerCase()} >= 3 decimals 9) or ` +
      `holds eip155:1/slip44:60 >= 0.5 or holds eip155:1/erc721:${other.toLowerCase()}`,
  )
})

test('a text without a token stays as it is, and what looks like one elsewhere is left alone', async () => {
  for (const text of [
    'stamp 1',
    `nonholds eip155:1/erc20:${usdc} >= 1`,
    `holds eip155:1/erc20:${usdc} >= 1.5 decimals 6`,
  ])
    expect(await resolveDecimals(text, () => Promise.reject(new Error('asked')))).toEqual({ text, tokens: [] })
})

test.each<[string, () => Promise<unknown>]>([
  ['256', async () => 256],
  ['-1', async () => -1],
  ['half', async () => 0.5],
  ['a text', async () => '6'],
  ['nothing', async () => undefined],
  ['no answer', () => Promise.reject(new Error('reverted'))],
])('a contract that says %s is refused', async (_, answer) => {
  const put = resolveDecimals(`holds eip155:1/erc20:${usdc} >= 1`, answer as () => Promise<number>)
  await expect(put).rejects.toMatchObject({ code: 'policy.decimals-unknown', hint: expect.any(String) })
})

test('a text that no rule could be is read no further', async () => {
  const long = `holds eip155:1/erc20:${usdc} >= 1 or `.repeat(200)
  await expect(resolveDecimals(long, decimalsOf)).rejects.toMatchObject({ code: 'policy.malformed' })
})
