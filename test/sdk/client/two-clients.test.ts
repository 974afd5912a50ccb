import { describe, expect, test } from 'vitest'
import { keepConnection } from '../../../sdk/client/mailbox/keep-connection.ts'
import { findConnection } from '../../../sdk/client/postage/held-connection.ts'
import { blockName, encodeConnection, type LogEntryInit } from '../../../sdk/codec/index.ts'
import { addressToBytes, ed25519PublicKey } from '../../../sdk/crypto/index.ts'
import { grantConnection } from '../../../sdk/evidence/index.ts'
import { createIdentity } from '../../../sdk/identity/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { createDice, type Dice } from '../../helpers/dice.ts'
import { createMemoryAccount } from '../../helpers/memory-account.ts'
import { createMemoryLog, openLog } from '../../helpers/memory-log.ts'
import { networkId } from '../../helpers/node.ts'
import { createVirtualTime } from '../../helpers/virtual-time.ts'

// What is read, decided and then published for an account has a tie-break: its clients may all do so at one moment.

const peer = walletOf(0x10).address
const granter = await createIdentity(walletOf(0x11), { createdMs: 1_700_000_000_000n })

function begin(seed: string, more: Partial<Dice> = {}) {
  const dice = createDice(seed)
  const time = createVirtualTime(1_750_000_000)
  const account = createMemoryAccount({ time, dice: { ...dice.fork('node'), ...more } })
  const later = async <T>(step: () => Promise<T>): Promise<T> => {
    await time.sleep(dice.below(300))
    return step()
  }
  return { dice, time, account, later }
}

describe('a policy', () => {
  const rules = ['stamp 1', 'stamp 2', 'stamp 3', 'work 20', 'postage 1', 'everyone']

  test.each([0, 1, 2, 3, 4])(
    'that several clients publish at once has one version each, and the newest holds on all of them (%i)',
    async (seed) => {
      const { time, account, later } = begin(`policy ${seed}`)
      const clients = rules.map(() => account.client(0))
      const all = clients.map(({ policies }, i) => later(() => policies.set(rules[i]!)))
      const published = await time.drive(Promise.all(all))
      const versions = published.map((it) => (it.ok ? it.version : it.code))
      expect(account.policies).toEqual(account.policies.map((_, i) => BigInt(i + 1)))
      expect(versions.filter((version) => typeof version === 'bigint').toSorted()).toEqual(account.policies)
      const refused = versions.filter((version) => typeof version === 'string')
      expect(refused).toEqual(refused.map(() => 'policy.version-too-low')) // who gives up is told
      const newest = rules[versions.indexOf(account.policies.at(-1)!)]
      for (const { policies } of [...clients, account.client(0)]) {
        expect(await time.drive(policies.get())).toMatchObject({ version: account.policies.at(-1), text: newest })
      }
    },
  )

  test('never goes back: a change and a key at once are both in the end', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const { time, account, later } = begin(`key ${seed}`)
      const [one, other] = [account.client(0), account.client(0)]
      const none = await time.drive(other.policies.read(walletOf(0xb0).address))
      const both = [later(() => one.policies.set('stamp 2')), later(() => other.policies.ensureSealedKey(none))]
      await time.drive(Promise.all(both))
      expect(await time.drive(one.policies.get())).toMatchObject({ version: 2n, text: 'stamp 2', isSealed: true })
    }
  })

  test('of which a node takes two of one version, and shows each client its own, is told of, and the next one heals it', async () => {
    const { time, account } = begin('fork')
    const [one, other] = [account.client(0), account.client(0)]
    await time.drive(one.policies.set('stamp 1'))
    account.lie.forks = true
    await time.drive(Promise.all([one.policies.set('stamp 2'), other.policies.set('stamp 3')]))
    expect(account.policies).toEqual([1n, 2n, 2n])
    await time.drive(one.log.sync())
    await time.drive(other.log.sync())
    const shown = []
    for (const { policies } of [one, other]) shown.push(await time.drive(policies.get()))
    expect([...one.told, ...other.told]).toContain('policy.forked')
    account.lie.forks = false
    expect(await time.drive(one.policies.set('stamp 4'))).toMatchObject({ ok: true, version: 3n })
    for (const client of [one, other]) {
      client.told.length = 0
      expect(await time.drive(client.policies.get())).toMatchObject({ version: 3n, text: 'stamp 4' })
      expect(client.told).toEqual([])
    }
  })
})

describe('a connection', () => {
  const serials = ({ account }: ReturnType<typeof begin>) =>
    account
      .blocks()
      .filter(({ kind }) => kind === 'connection')
      .map(blockName)

  test('that several clients revoke at once is revoked once, and what is granted afterwards is another', async () => {
    const story = begin('revoke', { below: () => 0 }) // all of them read before any has published
    const { time, account } = story
    const clients = Array.from({ length: 4 }, () => account.client(0))
    const granted = clients[0]!.connections.serialOf(peer, [])
    const revoked = await time.drive(Promise.all(clients.map(({ connections }) => connections.revoke(peer))))
    for (const it of revoked) expect(it).toEqual({ ok: true })
    expect(serials(story)).toEqual([blockName({ kind: 'connection', value: granted! })])
    for (const { connections } of clients) expect(connections.serialOf(peer, account.blocks())).not.toEqual(granted)
  })

  test('that is revoked while another client blocks its holder is revoked, and the holder blocked', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const story = begin(`revoke and block ${seed}`)
      const { time, account, later } = story
      const [one, other] = [account.client(0), account.client(0)]
      const granted = one.connections.serialOf(peer, [])
      await time.drive(
        Promise.all([later(() => one.connections.revoke(peer)), later(() => other.blocking.block(peer))]),
      )
      expect(serials(story)).toContain(blockName({ kind: 'connection', value: granted! }))
      await time.drive(one.consents.sync())
      expect([one.consents.of(peer), other.consents.of(peer)]).toEqual(['denied', 'denied'])
      expect(account.blocks().map(({ kind }) => kind)).toContain('wallet')
    }
  })

  /** A connection of the peer's, as its clients grant them. */
  function grant(byte: number) {
    const key = new Uint8Array(32).fill(byte)
    const statement = {
      networkId,
      owner: addressToBytes(granter.address),
      holder: ed25519PublicKey(key),
      serial: new Uint8Array(16).fill(byte),
      expiresAt: 1_760_000_000n,
    }
    const { publicKey: identityKey, secret: privateKey } = granter.keys.identityKey
    return { connection: encodeConnection(grantConnection(statement, { identityKey, privateKey })), key }
  }

  test('that several clients keep at once is one, so that later ones are kept, too, and the newest is used by all', async () => {
    const memory = createMemoryLog()
    const clients = Array.from({ length: 4 }, () => openLog(memory))
    const { address: sender } = granter
    const clock = { seconds: () => 1_750_000_000 }
    for (let byte = 1; byte <= 8; byte++) {
      const content = grant(byte)
      const keeping = clients.map(async (log) => {
        const copies = { keep: async (entry: LogEntryInit) => log.append(entry) }
        await keepConnection({ log, copies, network: { id: networkId }, clock }, { sender, content })
      })
      await Promise.all(keeping)
      for (const log of clients) await log.sync()
      const search = { owner: sender, networkId, now: clock.seconds(), refused: new Set<string>() }
      for (const log of [...clients, openLog(memory)]) {
        await log.sync()
        expect(findConnection(log, search)?.statement.serial[0], `connection ${byte}`).toBe(byte)
      }
    }
  })
})
