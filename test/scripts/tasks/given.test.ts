import { describe, expect, test } from 'vitest'
import { addressOf } from '../../../scripts/tasks/given.ts'
import { mistype } from '../../helpers/accounts.ts'

const account = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const digits = account.slice(2)

describe('an address on the command line', () => {
  test.each([account, `0x${digits.toLowerCase()}`, `0x${digits.toUpperCase()}`])('may be %s', (text) => {
    expect(addressOf('--to', text)).toBe(account)
  })

  test.each([mistype(account), 'alice.eth', digits, ''])('is not %j, and the message says so', (text) => {
    expect(() => addressOf('--to', text)).toThrow(`--to must be an address: expected`)
    expect(() => addressOf('--to', text)).toThrow(`found "${text}"`)
  })

  test('is asked for where there is none', () => {
    expect(() => addressOf('--to', undefined)).toThrow('--to must be an address')
  })
})
