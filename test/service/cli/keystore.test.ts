import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromHex } from '../../../sdk/crypto/index.ts'
import { openKeystore, readKeystore, sealKeystore } from '../../../service/cli/keystore.ts'

// The vectors of https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage

const secret = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const id = '3198bc9c-6672-5ab3-d995-4942343ae5b6'
const vectors = {
  pbkdf2: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  scrypt: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
}
const sealed = (crypto: object) => JSON.stringify({ crypto, id, version: 3 })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-keystore-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a keystore', () => {
  test.each(Object.entries(vectors))('of the standard opens: %s', async (_, crypto) => {
    expect(await openKeystore(sealed(crypto), 'testpassword')).toBe(secret)
  })

  test('that was sealed here opens with its password and with no other', async () => {
    const json = await sealKeystore(fromHex(secret.slice(2)), 'over the hedge', { n: 2 })
    expect(json).not.toContain(secret.slice(2))
    expect(await openKeystore(json, 'over the hedge')).toBe(secret)
    await expect(openKeystore(json, 'over the hedge ')).rejects.toMatchObject({ code: 'keystore.password-wrong' })
  })

  test('sealed twice has two salts and two beginnings', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => sealKeystore(fromHex(secret.slice(2)), 'x', { n: 2 })))
    const { crypto: a } = JSON.parse(one ?? '')
    const { crypto: b } = JSON.parse(other ?? '')
    expect([a.kdfparams.salt, a.cipherparams.iv]).not.toEqual([b.kdfparams.salt, b.cipherparams.iv])
    expect(a.ciphertext).not.toBe(b.ciphertext)
  })

  test.each([
    ['is no JSON', 'secret words'],
    ['has another version', JSON.stringify({ version: 1, crypto: vectors.pbkdf2 })],
    ['has another cipher', sealed({ ...vectors.pbkdf2, cipher: 'aes-128-cbc' })],
    ['has another derivation', sealed({ ...vectors.pbkdf2, kdf: 'md5' })],
    ['is cut', sealed({ ...vectors.pbkdf2, mac: 'ab' })],
    ['lacks its salt', sealed({ ...vectors.pbkdf2, kdfparams: { c: 1, dklen: 32, prf: 'hmac-sha256' } })],
    [
      'would fill the memory',
      sealed({ ...vectors.scrypt, kdfparams: { ...vectors.scrypt.kdfparams, n: 2 ** 30, r: 64 } }),
    ],
  ])('that %s is refused, and nothing of it is repeated', async (_, json) => {
    const error = await openKeystore(json, 'testpassword').catch((error) => error)
    expect(error.code).toBe('keystore.malformed')
    expect(error.message).not.toContain('secret words')
  })

  test.each([0o644, 0o640, 0o604])('that others may read is refused: %o', async (mode) => {
    const path = join(folder, `exposed-${mode}.json`)
    await writeFile(path, sealed(vectors.scrypt))
    await chmod(path, mode)
    await expect(readKeystore(path)).rejects.toMatchObject({ code: 'keystore.exposed' })
    await chmod(path, 0o600)
    expect(await readKeystore(path)).toBe(sealed(vectors.scrypt))
  })
})
