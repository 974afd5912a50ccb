import { describe, expect, test } from 'vitest'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { createSealedKeys, isTagDisputed, openLetter, sealLetter, tagOf } from '../../../sdk/letters/index.ts'

const topic = '/xmtp/0/sealed-0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A/proto'
const keys = createSealedKeys(new Uint8Array(32).fill(7)).newest()
const alice = new Uint8Array(32).fill(0xa1)
const carol = new Uint8Array(32).fill(0xca)

/** A letter as its recipient opens it. */
const letterWith = (tag?: Uint8Array) => {
  const sealed = sealLetter({ invitation: new Uint8Array(40), ...(tag && { tag }) }, { topic, ...keys }, randomBytes)
  return openLetter(sealed, { topic, secret: keys.secret })
}

describe('the tag of a letter', () => {
  test.each<[string, Uint8Array | undefined, Uint8Array | undefined, Uint8Array | undefined, boolean]>([
    ['counts where sender and node say the same', alice, alice, alice, false],
    ['is nothing where nobody says one', undefined, undefined, undefined, false],
    ["of a node that attaches somebody else's blocks nobody", alice, carol, undefined, true],
    ['of a node that attaches one where none was shown blocks nobody', undefined, carol, undefined, true],
    ['of a node that keeps it back blocks nobody', alice, undefined, undefined, true],
    ['of a sender who names somebody else blocks nobody', carol, alice, undefined, true],
    ['of 31 bytes blocks nobody', alice.slice(1), alice.slice(1), undefined, true],
  ])('%s', (_, said, handed, tag, isDisputed) => {
    const letter = letterWith(said)
    expect(tagOf(letter, handed)).toEqual(tag)
    expect(isTagDisputed(letter, handed)).toBe(isDisputed)
  })
})
