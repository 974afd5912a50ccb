import type { Client, NoticeOutcome } from '@pennypost/sdk'
import { expect, test } from 'vitest'
import type { Call } from '../../../service/cli/command.ts'
import { send } from '../../../service/cli/commands/send.ts'

// A letter that is out is said to be out, whatever came of its notice.

const address = '0x937C0d4a6294cdfa575de17382c7076b579DC176'

/** What is said of a letter with such an outcome of its notice. */
function sending(notice: NoticeOutcome) {
  const sent = { ok: true, id: 'i', topic: 't', path: 'sealed', price: 10n ** 18n, notice }
  const conversation = { isNew: false, send: async () => sent }
  const client = { decimals: 18, conversations: { new: async () => conversation } } as unknown as Client
  const flags = { notify: notice.by }
  return send.run({ args: [address, 'gm'], flags, client: async () => client } as unknown as Call)
}

test.each(['token', 'transfer'] as const)(
  'a notice by %s that failed is said beside the letter, and why',
  async (by) => {
    const failed = { ok: false, by, code: 'transfer.cost-too-high', message: 'Too dear.' } as const
    const { code, message } = failed
    expect(await sending(failed)).toEqual({
      json: expect.objectContaining({ ok: true, id: 'i', notice: { ok: false, code, message } }),
      text: `Delivered to ${address} for 1 tokens; the path is sealed. The account was not told: Too dear. (transfer.cost-too-high)`,
    })
  },
)

test.each([
  ['token', { price: '2' }, '2 tokens'],
  ['transfer', { ether: '2' }, '2 ether'],
] as const)('a notice by %s says what it has cost in its own money', async (by, cost, said) => {
  const answer = await sending({ ok: true, by, cost: 2n * 10n ** 18n, hash: '0x12' })
  expect(answer).toMatchObject({
    json: { ok: true, price: '1', notice: { ok: true, ...cost, hash: '0x12' } },
    text: expect.stringMatching(new RegExp(` The account was told for ${said}\\.$`)),
  })
})
