import { hkdfSync } from 'node:crypto'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import { commitmentOf, personHashOf, secretHashOf } from '../../../sdk/crypto/signals.ts'
import { Bindings, createNote, noteCommitment, personOf } from '../../../sdk/notes/index.ts'

describe('a new note', () => {
  prop.prop([fc.uint8Array({ minLength: 48, maxLength: 48 })])(
    'has a secret in the field, from random bytes',
    (bytes) => {
      const { secret } = createNote(7n, () => bytes)
      expect(secret).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`) % FIELD_ORDER)
    },
  )

  test('has another secret each time, and the person it is given', () => {
    const [one, other] = [createNote(7n), createNote(7n)]
    expect(one.secret).not.toBe(other.secret)
    expect(one.person).toBe(7n)
  })

  test('is bought by a commitment to both', () => {
    const note = createNote(7n)
    expect(noteCommitment(note)).toBe(commitmentOf(secretHashOf(note.secret), personHashOf(7n)))
    expect(noteCommitment(note)).not.toBe(noteCommitment({ ...note, person: 8n }))
  })
})

describe('the person of an account', () => {
  test('follows from the identity key, and only from it', () => {
    const key = new Uint8Array(32).fill(1)
    expect(personOf(key)).toBe(personOf(key.slice()))
    expect(personOf(key)).not.toBe(personOf(key.with(0, 2)))
    expect(personOf(key) < FIELD_ORDER).toBe(true)
  })

  test('is HKDF of the key under its own label', () => {
    const key = new Uint8Array(32).fill(1)
    const derived = Buffer.from(hkdfSync('sha256', key, new Uint8Array(), 'pennypost/person/v1', 48))
    expect(personOf(key)).toBe(BigInt(`0x${derived.toString('hex')}`) % FIELD_ORDER)
  })
})

describe('bindings', () => {
  test('let one x be bound again, and no other', () => {
    const bindings = new Bindings()
    bindings.bind('a', 1n)
    bindings.bind('a', 1n)
    bindings.bind('b', 2n)
    expect(() => bindings.bind('a', 2n)).toThrow(expect.objectContaining({ code: 'note.second-use' }))
    expect(() => bindings.bind('a', 1n)).not.toThrow()
  })
})
