import { beforeAll, describe, expect, test } from 'vitest'
import { decodeUnattendedAuthor, encodeInvitation, encodeUnattendedAuthor } from '../../../sdk/codec/index.ts'
import { addressToBytes, networkIdOf } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { AuthorRefusedError, readAuthor, signAuthor } from '../../../sdk/escrow/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'

let [alice, bob, carol] = [] as unknown as [Keyring, Keyring, Keyring]
beforeAll(async () => {
  ;[alice, bob, carol] = await Promise.all([keyringOf(1), keyringOf(2), keyringOf(3)])
})

const invitation = encodeInvitation({
  topic: '/xmtp/0/m-conversation/proto',
  keyMaterial: new Uint8Array(32).fill(1),
  context: undefined,
  consentProof: undefined,
})
const at = (keyring: Keyring) => ({
  networkId: networkIdOf('pennypost-local'),
  recipient: addressToBytes(keyring.identity.address),
  letter: new Uint8Array(32).fill(4),
  message: new Uint8Array([1, 2, 3]),
})
const sign = (by: Keyring, to: Keyring) => signAuthor(by, { ...at(to), createdNs: 5n, invitation })

describe('who wrote an unattended letter', () => {
  test('is who signed it, to this account, in this letter, with this message', () => {
    const { conversation } = readAuthor(bob, sign(alice, bob), at(bob))
    expect(conversation).toMatchObject({
      peer: alice.identity.address,
      topic: '/xmtp/0/m-conversation/proto',
      createdNs: 5n,
    })
  })

  test.each([
    ['to another account', () => readAuthor(carol, sign(alice, bob), at(carol))],
    ['in another letter', () => readAuthor(bob, sign(alice, bob), { ...at(bob), letter: new Uint8Array(32) })],
    ['around another message', () => readAuthor(bob, sign(alice, bob), { ...at(bob), message: new Uint8Array() })],
    ['on another network', () => readAuthor(bob, sign(alice, bob), { ...at(bob), networkId: networkIdOf('other') })],
    ['to itself', () => readAuthor(bob, sign(bob, bob), at(bob))],
  ])('did not write it %s', (_, read) => {
    expect(read).toThrow(AuthorRefusedError)
  })

  test('cannot be forged by putting the bundle of another under it, or changing what was signed', () => {
    const said = decodeUnattendedAuthor(sign(carol, bob))
    const { bundle } = decodeUnattendedAuthor(sign(alice, bob))
    for (const change of [
      { bundle },
      { createdNs: 6n },
      {
        invitation: encodeInvitation({
          topic: '/xmtp/0/m-other/proto',
          keyMaterial: new Uint8Array(32),
          context: undefined,
          consentProof: undefined,
        }),
      },
      { signature: said.signature.slice().fill(0, 40) },
    ])
      expect(() => readAuthor(bob, encodeUnattendedAuthor({ ...said, ...change }), at(bob))).toThrow(AuthorRefusedError)
  })

  test('is nobody where the bytes are none', () => {
    for (const bytes of [new Uint8Array(), new Uint8Array(500).fill(0xff), sign(alice, bob).slice(0, -10)])
      expect(() => readAuthor(bob, bytes, at(bob))).toThrow(BaseError)
  })
})
