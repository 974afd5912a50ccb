import { describe, expect, test } from 'vitest'
import { pinNetwork } from '../../../sdk/client/session/network.ts'
import { networkIdOf } from '../../../sdk/crypto/index.ts'
import { formatRule } from '../../../sdk/policy/index.ts'
import type { NodeInfo } from '../../../sdk/transport/index.ts'

// How many decimals a network's token has is what signers or the user say. A node's word is compared, and never used.

const [floor, defaultRule, requestBits] = ['postage 2', 'bond 5', 20]
const said = (decimals: number, sequence = 1n) => ({ floor, defaultRule, requestBits, decimals, sequence })
const told = (change: Partial<NodeInfo>): NodeInfo => ({
  nodeKey: new Uint8Array(32),
  network: { name: 'pennypost-local', id: networkIdOf('pennypost-local') },
  floor,
  defaultRule,
  requestBits,
  decimals: 18,
  ...change,
})
const postage = (decimals: number) => ({ kind: 'postage', amount: 2n * 10n ** BigInt(decimals) })

describe.each([0, 6, 8, 18])('a token of %i decimals', (decimals) => {
  test('that the signed terms name', () => {
    const network = pinNetwork(told({ decimals }), {}, () => said(decimals))
    expect(network).toMatchObject({ decimals, floor: postage(decimals) })
    expect(formatRule(network.floor, network)).toBe(floor)
  })

  test('that the user names, where nobody signs anything', () => {
    const network = pinNetwork(told({ decimals }), { decimals, floor, defaultRule })
    expect(network).toMatchObject({ decimals, floor: postage(decimals) })
  })

  test.each([0, 6, 8, 18, 30].filter((lie) => lie !== decimals))('and a node that says %i', (lie) => {
    for (const [options, signed] of [
      [{}, said(decimals)],
      [{ decimals, floor, defaultRule }, undefined],
    ] as const) {
      const pin = () => pinNetwork(told({ decimals: lie }), options, () => signed)
      expect(pin).toThrow(expect.objectContaining({ code: 'network.terms-differ' }))
    }
  })
})

test('nobody says how many decimals there are: 18, and a node that says otherwise is refused', () => {
  const options = { floor, defaultRule }
  expect(pinNetwork(told({}), options)).toMatchObject({ decimals: 18, floor: postage(18) })
  expect(() => pinNetwork(told({ decimals: 6 }), options)).toThrow('pass `network: { decimals }` to Client.create')
})

test('a signed text is read with the decimals of the same terms, whatever the user believes', () => {
  const network = pinNetwork(
    told({ decimals: 18, floor: 'postage 0.000000000002', defaultRule: 'bond 0.000000000005' }),
    { decimals: 18 },
    () => said(6),
  )
  expect(network.floor).toEqual(postage(6))
})

test('a newer checkpoint brings its own decimals', () => {
  let newest = said(18)
  const network = pinNetwork(told({}), {}, () => newest)
  newest = said(6, 2n)
  expect(network).toMatchObject({ decimals: 6, floor: postage(6) })
})

test.each([-1, 0.5, 256, Number.NaN])(
  'decimals that no token has are refused where they are configured: %d',
  (decimals) => {
    expect(() => pinNetwork(told({ decimals }), { decimals })).toThrow(
      expect.objectContaining({ code: 'network.terms-differ' }),
    )
  },
)
