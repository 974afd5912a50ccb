import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  directTopic,
  ephemeralTopic,
  isPrivateTopic,
  leaksTopic,
  messageTopic,
  ownedTopic,
  parseTopic,
  preferencesTopic,
  privateTopicsOf,
  TopicMalformedError,
} from '../../../sdk/codec/index.ts'
import { toAddress } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { stock } from '../../helpers/stock.ts'

const a = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const b = '0x1563915e194D8CfBA1943570603F7606A3115508'
const kinds = [
  'contact',
  'privatestore',
  'policy',
  'sharedlist',
  'sealed',
  'unattended',
  'invite',
  'intro',
  'groupInvite',
  'log',
  'blocks',
] as const
const addresses = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toAddress)
const id = 'EBsHSM9lLmELuUVCMJ-tPE0kDcok1io9IwUO6WPC-cM'

describe('parseTopic', () => {
  prop.prop([fc.constantFrom(...kinds), addresses])('takes owned topics apart', (kind, owner) => {
    expect(parseTopic(ownedTopic(kind, owner.toLowerCase()))).toEqual({ kind, owner, ephemeral: false })
  })

  prop.prop([addresses])(
    'an account alone reads its letters, what was left for it unattended, its log and its blocks',
    (owner) => {
      const read = kinds.filter((kind) => isPrivateTopic(ownedTopic(kind, owner)))
      expect(read).toEqual(['sealed', 'unattended', 'log', 'blocks'])
      expect(privateTopicsOf(owner)).toEqual(read.map((kind) => ownedTopic(kind, owner)))
    },
  )

  prop.prop([addresses, addresses])('takes V1 conversations apart, whoever writes first', (one, other) => {
    fc.pre(one !== other)
    const parties = [one, other].sort()
    expect(parseTopic(directTopic(one, other))).toEqual({ kind: 'dm', parties, ephemeral: false })
    expect(directTopic(other, one)).toBe(directTopic(one, other))
    expect(parseTopic(ephemeralTopic(directTopic(one, other)))).toEqual({ kind: 'dm', parties, ephemeral: true })
  })

  test('takes V2 conversations apart', () => {
    expect(parseTopic(messageTopic('a+b-c_d'))).toEqual({ kind: 'message', id: 'a+b-c_d', ephemeral: false })
    expect(parseTopic(ephemeralTopic(messageTopic('x')))).toEqual({ kind: 'message', id: 'x', ephemeral: true })
  })

  test('takes preferences apart', () => {
    expect(parseTopic(preferencesTopic(id))).toEqual({ kind: 'userpreferences', id, ephemeral: false })
  })

  test('takes the topic of leaks apart', () => {
    expect(parseTopic(leaksTopic(new Uint8Array(32).fill(0xab)))).toEqual({
      kind: 'leaks',
      network: 'ab'.repeat(32),
      ephemeral: false,
    })
  })

  test.each([
    ['the topic that XMTP’s own client suite publishes to', '/xmtp/0/foo/proto'],
    ['one byte', '!'],
    ['300 bytes', `/${'x'.repeat(298)}\x7f`],
    ['another protocol', '/waku/0/m-x/proto'],
    ['a kind that we do not know', '/xmtp/0/test-x/proto'],
    ['an inherited name', '/xmtp/0/constructor-x/proto'],
    ['an address', `/xmtp/0/${a}/proto`],
    ['a name with a kind in it', '/xmtp/0/unsealed-x/proto'],
    ['letters of somebody’s own', `/xmtp/0/letters-${'ab'.repeat(32)}/proto`],
  ])('any other topic of XMTP V2 is free-form: %s', (_, topic) => {
    expect(parseTopic(topic)).toEqual({ kind: 'free', ephemeral: false })
  })

  const gated = [...kinds, 'dm', 'dmE', 'm', 'mE', 'userpreferences', 'leaks', 'sealedE']
  test.each<[string, (kind: string) => string]>([
    ['its kind in capitals', (kind) => `/xmtp/0/${kind.toUpperCase()}-${a}/proto.`],
    ['its protocol in capitals', (kind) => `/XMTP/0/${kind}-${a}/proto`],
    ['no slash first', (kind) => `xmtp/0/${kind}-${a}/proto`],
    ['a slash more', (kind) => `/xmtp//0//${kind}-${a}/proto`],
    ['dots that lead nowhere', (kind) => `/xmtp/./0/././${kind}-${a}/proto`],
    ['a way round', (kind) => `/foo/../xmtp/0/bar/../${kind}-${a}/proto`],
    ['backslashes', (kind) => `\\xmtp\\0\\${kind}-${a}\\proto`],
    ['a hyphen in hex', (kind) => `/xmtp/0/${kind}%2d${a}/proto`],
    ['a slash in hex, twice over', (kind) => `%252fxmtp%252f0%252f${kind}-${a}/proto`],
    [
      'its last letter in hex',
      (kind) => `/xmtp/0/${kind.slice(0, -1)}%${kind.charCodeAt(kind.length - 1).toString(16)}-${a}/proto`,
    ],
    ['another version', (kind) => `/xmtp/1/${kind}-${a}/proto`],
    ['no version', (kind) => `/xmtp/${kind}-${a}/proto`],
    ['a query', (kind) => `/xmtp/0/${kind}-${a}/proto?`],
    ['no end', (kind) => `/xmtp/0/${kind}-${a}`],
    ['nothing but its kind', (kind) => `/xmtp/0/${kind}`],
    ['no hyphen', (kind) => `/xmtp/0/${kind}/${a}/proto`],
    ['a line break in hex', (kind) => `/xmtp/0/%0a/${kind}-${a}/proto`],
  ])('no gated kind is free-form by another spelling: %s', (_, spell) => {
    for (const kind of gated) expect(() => parseTopic(spell(kind)), spell(kind)).toThrow(TopicMalformedError)
  })

  test('a topic may have 300 bytes and not one more', () => {
    const room = 300 - messageTopic('').length
    expect(parseTopic(messageTopic('x'.repeat(room)))).toMatchObject({ kind: 'message' })
    expect(() => parseTopic(messageTopic('x'.repeat(room + 1)))).toThrow(TopicMalformedError)
  })

  test.each([
    ['nothing', ''],
    ['another version', '/xmtp/1/m-x/proto'],
    ['no /proto', '/xmtp/0/m-x'],
    ['something after /proto', '/xmtp/0/m-x/proto/'],
    ['a line break at the end', '/xmtp/0/m-x/proto\n'],
    ['an empty id', '/xmtp/0/m-/proto'],
    ['a slash in an id', '/xmtp/0/m-x/y/proto'],
    ['a space in an id', '/xmtp/0/m-x y/proto'],
    ['a NUL in an id', '/xmtp/0/m-x\0/proto'],
    ['DEL in an id', '/xmtp/0/m-x\x7f/proto'],
    ['a letter beyond ASCII', '/xmtp/0/m-é/proto'],
    ['a lone surrogate', '/xmtp/0/m-\ud800/proto'],
    ['a lower-case owner', `/xmtp/0/contact-${a.toLowerCase()}/proto`],
    ['an owner with one wrong case', `/xmtp/0/contact-${a.replace('E7E3', 'e7E3')}/proto`],
    ['no owner', '/xmtp/0/contact-/proto'],
    ['an owner and more', `/xmtp/0/contact-${a}-x/proto`],
    ['a private store without its key', `/xmtp/0/privatestore-${a}/proto`],
    ['a private store of another key', `/xmtp/0/privatestore-${a}/keys/proto`],
    ['a key bundle elsewhere', `/xmtp/0/contact-${a}/key_bundle/proto`],
    ['a message id with a key bundle', '/xmtp/0/m-x/key_bundle/proto'],
    ['parties out of order', `/xmtp/0/dm-${a}-${b}/proto`],
    ['a party twice', `/xmtp/0/dm-${a}-${a}/proto`],
    ['one party', `/xmtp/0/dm-${a}/proto`],
    ['three parties', `/xmtp/0/dm-${b}-${a}-${a}/proto`],
    ['a lower-case party', `/xmtp/0/dm-${b}-${a.toLowerCase()}/proto`],
    ['a short preferences id', '/xmtp/0/userpreferences-abc/proto'],
    ['an ephemeral inbox', `/xmtp/0/inviteE-${a}/proto`],
    ['ephemeral mail for nobody yet', `/xmtp/0/unattendedE-${a}/proto`],
  ])('refuses %s', (_, topic) => {
    expect(() => parseTopic(topic)).toThrow(TopicMalformedError)
  })

  prop.prop([fc.string({ unit: 'binary' }), fc.constantFrom('', '/xmtp/0/', '/xmtp/0/m-', '/xmtp/0/dm-')])(
    'throws nothing but typed errors',
    (text, prefix) => {
      try {
        parseTopic(`${prefix}${text}/proto`)
      } catch (error) {
        expect(error).toBeInstanceOf(BaseError)
      }
    },
  )
})

describe('topic builders', () => {
  test('agree with the stock client', () => {
    const xmtp = stock[13]
    expect(ownedTopic('contact', a)).toBe(xmtp.buildUserContactTopic(a))
    expect(ownedTopic('intro', a)).toBe(xmtp.buildUserIntroTopic(a))
    expect(ownedTopic('invite', a)).toBe(xmtp.buildUserInviteTopic(a))
    expect(ownedTopic('privatestore', a)).toBe(xmtp.buildUserPrivateStoreTopic(`${a}/key_bundle`))
    expect(directTopic(a, b)).toBe(xmtp.buildDirectMessageTopic(a, b))
    expect(messageTopic('id')).toBe(xmtp.buildDirectMessageTopicV2('id'))
  })

  test('make an ephemeral topic of conversations only, once', () => {
    const ephemeral = ephemeralTopic(messageTopic('m-dm-'))
    expect(ephemeral).toBe('/xmtp/0/mE-m-dm-/proto')
    expect(ephemeralTopic(ephemeral)).toBe(ephemeral)
    expect(() => ephemeralTopic(ownedTopic('contact', a))).toThrow(TopicMalformedError)
  })
})
