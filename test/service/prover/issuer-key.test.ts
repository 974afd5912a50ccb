import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fc, test as prop } from '@fast-check/vitest'
import { buildEddsa } from 'circomlibjs'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER, fromBytes, isBabyJubjubKey } from '../../../sdk/crypto/index.ts'
import { createIssuerKey, loadIssuerKey, makeIssuerKey } from '../../../service/prover/issuing/index.ts'
import { makeDataDir } from '../../helpers/prover.ts'

describe("an issuer's key", async () => {
  const eddsa = await buildEddsa()
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const message = fc.oneof(fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }), fc.constantFrom(0n, FIELD_ORDER - 1n))

  prop.prop([secret, message], { numRuns: 25 })(
    'and its signatures are those of circomlibjs, to the bit',
    (bytes, value) => {
      const key = createIssuerKey(Buffer.from(bytes).toString('hex'))
      expect([key.x, key.y].map(fromBytes)).toEqual(eddsa.prv2pub(bytes).map((part) => eddsa.F.toObject(part)))
      expect(isBabyJubjubKey(key)).toBe(true)
      const { R8, S } = eddsa.signPoseidon(bytes, eddsa.F.e(value))
      const [r8x, r8y] = R8.map((part) => eddsa.F.toObject(part))
      expect(key.sign(value)).toEqual({ r8x, r8y, s: S })
    },
  )

  test('signs no other form of a field element', () => {
    const key = createIssuerKey(makeIssuerKey())
    for (const value of [-1n, FIELD_ORDER, 2n ** 256n]) expect(() => key.sign(value)).toThrow(RangeError)
  })

  test('is made once, kept for its owner only, and given back as it is', async () => {
    const { dataDir, remove } = await makeDataDir()
    const path = join(dataDir, 'issuer.key')
    const made = await loadIssuerKey(dataDir)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect([await loadIssuerKey(dataDir), (await readFile(path, 'utf8')).trim()]).toEqual([made, made])
    await writeFile(path, made.slice(0, -1))
    const damaged = await loadIssuerKey(dataDir)
    expect(() => createIssuerKey(damaged)).toThrow(expect.objectContaining({ code: 'issuer.key-malformed' }))
    await remove()
  })

  test.each(['', '0x', 'ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32)])('is not %j', (text) => {
    expect(() => createIssuerKey(text)).toThrow(expect.objectContaining({ code: 'issuer.key-malformed' }))
  })
})
