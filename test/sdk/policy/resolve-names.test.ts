import { normalize } from 'viem/ens'
import { describe, expect, test } from 'vitest'
import { parseRule, resolveName, resolveNames } from '../../../sdk/policy/index.ts'

const club = '0x23581767a106ae21c074b2276D25e5C3e136a68b'
const away = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'
const book: Record<string, string | null> = {
  'club.eth 1': club.toLowerCase(),
  'club.eth 10': away,
  'vouch.club.eth 5': away,
  'gone.eth 1': null,
  'zero.eth 1': `0x${'0'.repeat(40)}`,
  'text.eth 1': 'club',
}
const asked: string[] = []
const resolve = async (name: string, chainId: bigint) => {
  asked.push(`${name} ${chainId}`)
  return book[`${name} ${chainId}`]
}
const put = (text: string) => resolveNames(text, { normalize, resolve })

describe('names in a policy', () => {
  test('become addresses where those stand, each by its chain, and are given back', async () => {
    asked.length = 0
    const { text, names } = await put(
      '(tip 0.5 or holds eip155:1/erc721:club.eth/7) and holds eip155:1/erc20:club.eth >= 1.5 decimals 6, ' +
        'interacted eip155:10:club.eth or connected eip155:5:0x23581767a106ae21c074b2276d25e5c3e136a68b from vouch.club.eth',
    )
    expect(text).toBe(
      `(tip 0.5 or holds eip155:1/erc721:${club}/7) and holds eip155:1/erc20:${club} >= 1.5 decimals 6, ` +
        `interacted eip155:10:${away} or connected eip155:5:0x23581767a106ae21c074b2276d25e5c3e136a68b from ${away}`,
    )
    expect(names).toEqual([
      { name: 'club.eth', address: club, chainId: 1n },
      { name: 'club.eth', address: away, chainId: 10n },
      { name: 'vouch.club.eth', address: away, chainId: 5n },
    ])
    expect(asked).toEqual(['club.eth 1', 'club.eth 10', 'vouch.club.eth 5'])
  })

  test('are looked for nowhere else: a text without one stays as it is', async () => {
    asked.length = 0
    const hash = `0x${'ab'.repeat(32)}`
    const text = `before 2026-12-01 or attested eip155:1:${club} schema ${hash} from ${club} where site = club.eth`
    expect(await put(text)).toEqual({ text, names: [] })
    expect(parseRule(text)).toBeDefined()
    expect(asked).toEqual([])
  })

  test.each([
    ['Club.eth', 'policy.name-not-normal', '“Club.eth” stands for “club.eth”. If that is meant, write club.eth.'],
    ['\uff43lub.eth', 'policy.name-not-normal', '“\uff43lub.eth” stands for “club.eth”.'],
    ['cl\u200bub.eth', 'policy.name-not-normal', 'write club.eth'],
    ['\u0441lub.eth', 'policy.name-invalid', 'is no name'],
    ['club..eth', 'policy.name-invalid', 'is no name'],
    ['gone.eth', 'policy.name-unknown', '“gone.eth” has no account on chain 1'],
    ['nowhere.eth', 'policy.name-unknown', 'on chain 1'],
    ['zero.eth', 'policy.name-unknown', 'on chain 1'],
    ['text.eth', 'policy.name-unknown', 'on chain 1'],
  ])('“%s” is refused (%s)', async (name, code, message) => {
    const thrown = await put(`interacted eip155:1:${name}`).catch((error) => error)
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('are not resolved in a text that is too long for a policy', async () => {
    await expect(put('interacted eip155:1:club.eth '.repeat(300))).rejects.toMatchObject({ code: 'policy.malformed' })
  })

  test('alone become an address, by the same rules', async () => {
    const named = (name: string, chainId = 1n) => resolveName(name, { normalize, resolve, chainId })
    expect(await named('club.eth')).toEqual({ name: 'club.eth', address: club, chainId: 1n })
    expect(await named('club.eth', 10n)).toMatchObject({ address: away })
    await expect(named('Club.eth')).rejects.toMatchObject({ code: 'policy.name-not-normal' })
    await expect(named('zero.eth')).rejects.toMatchObject({ code: 'policy.name-unknown' })
  })
})
