import { describe, expect, test } from 'vitest'
import { callerOf, trustedProxies } from '../../../service/plugins/callers.ts'

describe('a request is counted for', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::1:0:0:1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:192.0.2.7', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['somebody', 'unknown'],
    ['', 'unknown'],
    ['192.0.2.7:1234', 'unknown'],
    ['__proto__', 'unknown'],
  ])('%s as %s', (ip, caller) => {
    expect(callerOf({ ip })).toBe(caller)
  })
})

describe('the proxies that are trusted', () => {
  test.each([
    ['off', 'off'],
    ['1', 1],
    ['10', 10],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['192.0.2.7, fd00::/8', ['192.0.2.7', 'fd00::/8']],
  ] as const)('%s', (text, proxies) => {
    expect(trustedProxies(text)).toEqual(proxies)
  })

  test.each([
    'on',
    '0',
    '11',
    '-1',
    '1.5',
    '',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '::/0',
    'fd00::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/8,',
  ])('not "%s"', (text) => {
    expect(() => trustedProxies(text)).toThrow(/expected off, a number from 1 to 10, or networks/)
  })
})
