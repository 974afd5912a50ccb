import { expect, test } from 'vitest'
import { decodeConnection, decodeConnectionStatement, encodeConnection } from '../../../sdk/codec/lane.ts'
import { createSerial, grantConnection } from '../../../sdk/evidence/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { type ConnectionTarget, checkConnection } from '../../../sdk/verifier/connection.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { connect, statement } from '../../helpers/lanes.ts'
import { networkId, now, recipient, seeded } from '../../helpers/world.ts'

const target: ConnectionTarget = { networkId, recipient, holder: statement.holder, now, blocks: undefined }

test('a connection crosses the wire and is accepted from its owner', () => {
  const connection = decodeConnection(encodeConnection(connect()))
  expect(decodeConnectionStatement(connection.statement)).toEqual(statement)
  expect(checkConnection(connection, target)).toBeUndefined()
})

test("nobody else can grant it: the wallet behind the key is not the owner's", async () => {
  const mallory = await createIdentity(walletOf(0x66), { createdMs: 1n })
  const { publicKey: identityKey, secret: privateKey } = mallory.keys.identityKey
  const forged = decodeConnection(encodeConnection(grantConnection(statement, { identityKey, privateKey })))
  expect(checkConnection(forged, target)).toMatchObject({ code: 'connection.invalid' })
})

test("nor with the owner's key and another signature", async () => {
  const mallory = await createIdentity(walletOf(0x66), { createdMs: 1n })
  const { identityKey } = connect()
  const { signature } = grantConnection(statement, {
    identityKey: mallory.keys.identityKey.publicKey,
    privateKey: mallory.keys.identityKey.secret,
  })
  const forged = decodeConnection(encodeConnection({ ...connect(), identityKey, signature }))
  expect(checkConnection(forged, target)).toMatchObject({ code: 'connection.invalid' })
})

test('one bit of the statement changed is refused', () => {
  const connection = decodeConnection(encodeConnection(connect()))
  for (let bit = 0; bit < connection.statement.length * 8; bit++) {
    const bytes = connection.statement.slice()
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(checkConnection({ ...connection, statement: bytes }, target)).toMatchObject({ ok: false })
  }
})

test('a serial is 16 random bytes', () => {
  expect(createSerial(seeded(3))).toEqual(seeded(3)(16))
  expect(createSerial()).not.toEqual(createSerial())
})
