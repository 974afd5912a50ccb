import { expect, test } from 'vitest'
import { isOpenedIn } from '../../../sdk/client/mailbox/waiting-letter.ts'
import { sha256 } from '../../../sdk/crypto/index.ts'

const [name, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const messageOf = (byte: number) => new Uint8Array(100).fill(byte)
const letter = { name, envelope: { message: messageOf(1) } }

test.each<[string, Uint8Array, Uint8Array, boolean]>([
  ['its name and envelope', name, sha256(messageOf(1)), true],
  ['its name and another envelope', name, sha256(messageOf(2)), false],
  ['another name', other, sha256(messageOf(1)), false],
  ['its name alone, as older clients write it', name, new Uint8Array(), true],
  ['another name alone', other, new Uint8Array(), false],
])('a log with an opened letter of %s says whether this one is open', (_, said, envelope, isOpen) => {
  const log = { all: () => [{ letter: said, envelope }] } as unknown as Parameters<typeof isOpenedIn>[0]
  expect(isOpenedIn(log, letter as Parameters<typeof isOpenedIn>[1])).toBe(isOpen)
})
