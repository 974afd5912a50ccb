import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeCheckpoint,
  encodeSignedCheckpoint,
} from '../../../sdk/codec/checkpoint.ts'
import { fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import { addressOf, addressToBytes, checksumAddress, toAddress, zeroAddress } from '../../../sdk/crypto/address.ts'
import { toHex } from '../../../sdk/crypto/bytes.ts'
import { emptyTreeRoot } from '../../../sdk/crypto/forest.ts'
import { keccak256 } from '../../../sdk/crypto/hash.ts'
import { publicKeyOf, signDigest } from '../../../sdk/crypto/secp256k1.ts'
import { BaseError } from '../../../sdk/errors.ts'
import {
  applyCheckpoint,
  type CheckpointTrust,
  type CheckpointView,
  checkpointDigest,
  isRootValid,
  isStale,
  signersOf,
  trustAfter,
  unsaidTerms,
  verifyCheckpoint,
  withoutRest,
} from '../../../sdk/verifier/index.ts'
import { checkpoint, checkpointAfter, forestOf, now, trustOf } from '../../helpers/world.ts'

const keys = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
const signers = keys.map((key) => addressOf(publicKeyOf(key)))
const trust: CheckpointTrust = trustOf(signers, 2)

const issuer = { url: 'https://issuer.example', x: new Uint8Array(32).fill(1), y: new Uint8Array(32).fill(2) }

const sign = (digest: Uint8Array, key: Uint8Array, offset = 27) => {
  const { bytes, recovery } = signDigest(digest, key)
  return { signature: new Uint8Array([...bytes, recovery + offset]) }
}

/** A checkpoint as it comes off the wire, signed by some of the keys. */
const signed = (by: readonly Uint8Array[], of: Checkpoint = checkpoint, offset = 27) =>
  decodeSignedCheckpoint(
    encodeSignedCheckpoint({
      checkpoint: encodeCheckpoint(of),
      signatures: by.map((key) => sign(checkpointDigest(of), key, offset)),
    }),
  )

describe('verifyCheckpoint', () => {
  test.each([
    ['two of three', [keys[0]!, keys[1]!]],
    ['all', keys],
    ['two among strangers', [new Uint8Array(32).fill(9), keys[2]!, keys[0]!]],
    ['two at the sixty-fourth', [...Array.from({ length: 62 }, () => new Uint8Array(32).fill(9)), ...keys]],
  ])('accepts the signatures of %s', (_, by) => {
    expect(verifyCheckpoint(signed(by), trust)).toMatchObject(checkpoint)
  })

  test('takes recovery bits as wallets write them and as they are', () => {
    expect(verifyCheckpoint(signed(keys, checkpoint, 0), trust)).toMatchObject(checkpoint)
  })

  test.each<[string, Uint8Array[], Partial<CheckpointTrust>]>([
    ['none', [], {}],
    ['one of two', [keys[0]!], {}],
    ['one that signed twice', [keys[0]!, keys[0]!], {}],
    ['one that is listed twice', [keys[0]!], { signers: [signers[0]!, signers[0]!] }],
    ['strangers', [8, 9].map((byte) => new Uint8Array(32).fill(byte)), {}],
    ['nobody, though none is asked', [], { threshold: 0 }],
    ['enough, beyond the sixty-fourth', [...Array.from({ length: 63 }, () => new Uint8Array(32).fill(9)), ...keys], {}],
    ['enough, of another network', keys, { networkId: new Uint8Array(32) }],
    ['enough, of another chain', keys, { chainId: 1n }],
    ['enough, of another note tree', keys, { noteTree: zeroAddress }],
    ['enough, of another registry', keys, { registry: zeroAddress }],
  ])('refuses the signatures of %s', (_, by, fields) => {
    expect(() => verifyCheckpoint(signed(by), { ...trust, ...fields })).toThrow(
      expect.objectContaining({ code: 'checkpoint.invalid' }),
    )
  })

  test('refuses signatures over another checkpoint', () => {
    const other = { ...checkpoint, operations: checkpoint.operations + 1n }
    const forged = { ...signed(keys), checkpoint: encodeCheckpoint(other) }
    expect(() => verifyCheckpoint(forged, trust)).toThrow(expect.objectContaining({ code: 'checkpoint.invalid' }))
  })

  test('refuses a signature with a byte more', () => {
    const good = signed(keys)
    const signatures = good.signatures.map((entry) => ({
      ...entry,
      signature: new Uint8Array([...entry.signature, 0]),
    }))
    expect(() => verifyCheckpoint({ ...good, signatures }, trust)).toThrow()
  })

  test('refuses roots that do not end in the root', () => {
    const odd = { ...checkpoint, roots: [new Uint8Array(32)] }
    expect(() => verifyCheckpoint(signed(keys, odd), trust)).toThrow('last root')
  })

  describe('of which the trees are not signed, only their root,', () => {
    const [own = 0n, other] = [fromBytes(checkpoint.trees[0]!), 7n]
    const empty = fromBytes(emptyTreeRoot)
    const both = forestOf(own, other)
    const withTrees = (of: { root: Uint8Array }, ...trees: bigint[]) =>
      signed(keys, { ...checkpoint, root: of.root, roots: [of.root], trees: trees.map(toBytes32) })

    test('takes those that give it', () => {
      for (const roots of [[own], [own, other], [empty, other], [other, other, empty, own], [empty]]) {
        const taken = verifyCheckpoint(withTrees(forestOf(...roots), ...roots), trust)
        expect(taken.trees).toEqual(roots.map(toBytes32))
      }
      const most = Array.from({ length: 4096 }, (_, i) => BigInt(i + 1))
      expect(verifyCheckpoint(withTrees(forestOf(...most), ...most), trust).trees).toHaveLength(4096)
    })

    test.each<[string, bigint[]]>([
      ['a made-up tree more', [own, other, 8n]],
      ['an empty one more, so that there is no other way to say the same', [own, other, empty]],
      ['one left out', [own]],
      ['none', []],
      ['the same one twice', [own, own]],
      ['two that changed places', [other, own]],
      ['another root in the place of one', [own, 8n]],
      ['the root of all in the place of one', [fromBytes(both.root)]],
      ['thousands', Array(4097).fill(own)],
    ])('refuses %s', (_, trees) => {
      expect(() => verifyCheckpoint(withTrees(both, ...trees), trust)).toThrow(
        /Its trees do not give its root\.|more than 4096/,
      )
    })

    test('refuses the two nodes of a level above as trees', () => {
      const pair = (...roots: bigint[]) => fromBytes(keccak256(...roots.map(toBytes32)))
      const four = forestOf(4n, 1n, 2n, 3n)
      const trees = [pair(4n, 1n), pair(2n, 3n)]
      expect(() => verifyCheckpoint(withTrees(four, ...trees), trust)).toThrow('Its trees do not give its root.')
    })
  })

  test('refuses a time that has not come, and allows for clocks', () => {
    const at = (seconds: number) => () => verifyCheckpoint(signed(keys), trust, { now: now - 60 - seconds })
    expect(at(300)).not.toThrow()
    expect(at(301)).toThrow('time has not come')
    const byClock = (seconds: number) => () =>
      verifyCheckpoint(
        signed(keys, { ...checkpoint, issuedAt: BigInt(Math.floor(Date.now() / 1000) + seconds) }),
        trust,
      )
    expect(byClock(0)).not.toThrow()
    expect(byClock(400)).toThrow('time has not come')
  })

  test('refuses what was signed after the end of an office, by a second', () => {
    const until = (officeEndsAt: number) => () => verifyCheckpoint(signed(keys), { ...trust, officeEndsAt })
    expect(until(Number(checkpoint.issuedAt))).not.toThrow()
    expect(until(Number(checkpoint.issuedAt) - 1)).toThrow('office is over')
    expect(until(0)).toThrow('office is over')
  })

  test.each([
    ['one twice', [1n, 2n, 2n]],
    ['two that changed places', [2n, 1n, 3n]],
  ])('refuses leaked secrets of which %s', (_, leaks) => {
    const odd = { ...checkpoint, leaks: leaks.map(toBytes32) }
    expect(() => verifyCheckpoint(signed(keys, odd), trust)).toThrow('not in order')
  })

  const rootsOf = (count: number) => Array.from({ length: count }, () => checkpoint.root)
  const leaksOf = (count: number) => Array.from({ length: count }, (_, i) => toBytes32(BigInt(i + 1)))

  test.each<[string, Partial<Checkpoint>, Partial<Checkpoint>]>([
    ['roots', { roots: rootsOf(1024) }, { roots: rootsOf(1025) }],
    ['leaked secrets', { leaks: leaksOf(256) }, { leaks: leaksOf(257) }],
    ['issuers', { issuers: Array(16).fill(issuer) }, { issuers: Array(17).fill(issuer) }],
  ])('takes as many %s as can be disputed or computed, and not one more', (_, most, more) => {
    expect(verifyCheckpoint(signed(keys, { ...checkpoint, ...most }), trust)).toMatchObject(most)
    expect(() => verifyCheckpoint(signed(keys, { ...checkpoint, ...more }), trust)).toThrow('more than')
  })

  test.each([{ x: new Uint8Array(31) }, { y: new Uint8Array(33) }, { x: new Uint8Array() }])(
    'refuses an issuer with the key %j',
    (part) => {
      const odd = { ...checkpoint, issuers: [issuer, { ...issuer, ...part }] }
      expect(() => verifyCheckpoint(signed(keys, odd), trust)).toThrow("of an issuer's key")
    },
  )

  prop.prop([fc.uint8Array({ maxLength: 300 })])('throws nothing but typed errors on random bytes', (bytes) => {
    expect(() => verifyCheckpoint({ ...signed(keys), checkpoint: bytes }, trust)).toThrow(BaseError)
  })
})

describe('trustAfter', () => {
  test('is what it was where a checkpoint names nobody, and else what it names', () => {
    const named = [4, 5].map((byte) => new Uint8Array(20).fill(byte))
    expect(trustAfter({ ...checkpoint, signers: [], threshold: 0 }, trust)).toEqual(trust)
    const next = trustAfter({ ...checkpoint, signers: named, threshold: 1 }, trust)
    expect(next).toEqual({ ...trust, signers: named.map((one) => checksumAddress(`0x${toHex(one)}`)), threshold: 1 })
    expect(trustAfter({ ...checkpoint, signers: named.slice(1), threshold: 1 }, trust).signers).toHaveLength(1)
  })

  test('ends when the checkpoint says, and not at all where that is 0, whatever was said before', () => {
    const before = { ...trust, officeEndsAt: 5 }
    const next = (officeEndsAt: bigint, count = 1) =>
      trustAfter({ ...checkpoint, signers: Array(count).fill(new Uint8Array(20)), threshold: 1, officeEndsAt }, before)
    expect([next(7n), next(0n), next(7n, 0)].map((one) => one.officeEndsAt)).toEqual([7, undefined, 5])
  })
})

describe('what is kept of a checkpoint', () => {
  const stranger = new Uint8Array(32).fill(9)
  const mixed = signed([stranger, keys[2]!, stranger, keys[0]!, keys[2]!])

  test('is the signatures of those who are known, one each, with their names', () => {
    const kept = withoutRest(mixed, signers)
    expect(kept.signatures.map(({ signer }) => toAddress(signer))).toEqual([signers[2], signers[0]])
    expect(verifyCheckpoint(kept, trust)).toEqual(verifyCheckpoint(mixed, trust))
    expect(withoutRest(kept, signers)).toEqual(kept)
    expect(withoutRest(mixed, []).signatures).toEqual([])
  })

  test('is not longer for what somebody has added to its bytes', () => {
    const padded = { ...mixed, checkpoint: Uint8Array.of(...mixed.checkpoint, 0xfa, 0x3f, 2, 1, 1) }
    expect(withoutRest(padded, signers)).toEqual(withoutRest(mixed, signers))
  })

  test('is by the signers whose signatures it has, whatever it says of them', () => {
    const names = signers.map(addressToBytes)
    const signatures = mixed.signatures.map((one, i) => ({ ...one, signer: names[i % 3]! }))
    expect(signersOf({ ...mixed, signatures }, [...signers, signers[0]!])).toEqual([signers[0], signers[2]])
  })

  test('counts no signature after the sixty-fourth', () => {
    const many = signed([...Array(63).fill(stranger), keys[0]!, keys[1]!])
    expect([signersOf(many, signers), withoutRest(many, signers).signatures.length]).toEqual([[signers[0]], 1])
  })
})

test('a day after a checkpoint nothing is known of the chain: no root is good, the newest neither', () => {
  const view = { latest: checkpoint, superseded: new Map([[7n, now + 90_000]]) }
  const end = Number(checkpoint.issuedAt) + 86_400
  const [root = 0n] = checkpoint.trees.map(fromBytes)
  const at = (now: number) => [
    isStale(view, now),
    ...[root, 7n].map((one) => isRootValid(view, one, { now, rootWindow: 9 })),
  ]
  expect([at(end), at(end + 1)]).toEqual([
    [false, true, true],
    [true, false, false],
  ])
})

test('decimals that no token has would keep a reader busy for good: such a checkpoint is refused', () => {
  const encoded = (decimals: number) => encodeCheckpoint({ ...checkpoint, decimals })
  expect(decodeCheckpoint(encoded(255)).decimals).toBe(255)
  for (const decimals of [256, 2 ** 32 - 1]) {
    expect(() => decodeCheckpoint(encoded(decimals))).toThrow(`No token has ${decimals} decimals.`)
  }
})

test('terms that are unsaid take no byte on the wire', () => {
  const none = Object.fromEntries(Object.keys(unsaidTerms).map((name) => [name, undefined]))
  expect(encodeCheckpoint({ ...checkpoint, ...unsaidTerms })).toEqual(encodeCheckpoint({ ...checkpoint, ...none }))
})

describe('checkpointDigest', () => {
  const [oneClass] = checkpoint.classes
  test.each<[string, Partial<Checkpoint>]>([
    ['networkId', { networkId: new Uint8Array(32) }],
    ['sequence', { sequence: 8n }],
    ['previous', { previous: new Uint8Array(32).fill(1) }],
    ['chainId', { chainId: 1n }],
    ['blockNumber', { blockNumber: 101n }],
    ['blockHash', { blockHash: new Uint8Array(32) }],
    ['noteTree', { noteTree: new Uint8Array(20) }],
    ['registry', { registry: new Uint8Array(20) }],
    ['leaks', { leaks: [new Uint8Array(32)] }],
    ['signers', { signers: [new Uint8Array(20)] }],
    ['their threshold', { threshold: 1 }],
    ['the end of their office', { officeEndsAt: 1n }],
    ['the floor', { floor: 'nobody' }],
    ['the default rule', { defaultRule: 'nobody' }],
    ['the bits of a request', { requestBits: 1 }],
    ['the decimals', { decimals: 1 }],
    ['the seconds between checkpoints', { checkpointSeconds: 1 }],
    ['operations', { operations: 4n }],
    ['logHash', { logHash: new Uint8Array(32) }],
    ['root', { root: new Uint8Array(32) }],
    ['roots', { roots: [...checkpoint.roots, ...checkpoint.roots] }],
    ['classes', { classes: [] }],
    ['a price', { classes: [{ ...oneClass!, price: 11n }] }],
    ['a root window', { classes: [{ ...oneClass!, rootWindow: 601 }] }],
    ['nodes', { nodes: [{ url: 'https://a', key: new Uint8Array(32) }] }],
    ['issuers', { issuers: [issuer] }],
    ['issuedAt', { issuedAt: 1n }],
  ])('depends on %s', (_, fields) => {
    expect(checkpointDigest({ ...checkpoint, ...fields })).not.toEqual(checkpointDigest(checkpoint))
  })

  test('depends on all of an issuer, and on their order', () => {
    const other = { ...issuer, url: 'https://another.example' }
    const lists = [
      [],
      [issuer],
      [other],
      [{ ...issuer, x: issuer.y }],
      [{ ...issuer, y: issuer.x }],
      [{ ...issuer, x: issuer.y, y: issuer.x }],
      [issuer, other],
      [other, issuer],
    ]
    const digests = lists.map((issuers) => toHex(checkpointDigest({ ...checkpoint, issuers })))
    expect(new Set(digests).size).toBe(lists.length)
  })

  test('keeps issuers apart from nodes, which have URLs too', () => {
    const [as, none] = [{ nodes: [{ url: issuer.url, key: issuer.x }] }, { nodes: [] }]
    expect(checkpointDigest({ ...checkpoint, ...as })).not.toEqual(
      checkpointDigest({ ...checkpoint, ...none, issuers: [issuer] }),
    )
  })
})

describe('applyCheckpoint', () => {
  const nothing = { operations: 0n, logHash: new Uint8Array(32), ...forestOf(0n), roots: [] }
  const first: Checkpoint = { ...checkpoint, ...nothing, issuedAt: BigInt(now) }
  /** The checkpoint after another, issued so many seconds after the first. */
  const behind = (last: Checkpoint, roots: readonly bigint[], seconds = 0, fields: Partial<Checkpoint> = {}) =>
    checkpointAfter(last, roots, { issuedAt: BigInt(now + seconds), ...fields })
  /** Checkpoints one after the other, each with its roots and its seconds. */
  const chain = (...steps: readonly (readonly [bigint[], number?])[]) => {
    const all = [first]
    for (const [roots, seconds] of steps) all.push(behind(all.at(-1)!, roots, seconds))
    return all
  }
  const follow = (checkpoints: readonly Checkpoint[]) =>
    checkpoints.reduce<CheckpointView | undefined>(applyCheckpoint, undefined)!
  const isValid = (view: CheckpointView, root: bigint, seconds: number) =>
    isRootValid(view, root, { now: now + seconds, rootWindow: 600 })

  test('the newest root is valid for ever, the one before for the window, and one between two operations never', () => {
    const view = follow(chain([[10n]], [[11n, 12n], 100]))
    expect(isValid(view, 12n, 10_000)).toBe(true)
    expect(isValid(view, 10n, 700)).toBe(true)
    expect(isValid(view, 10n, 701)).toBe(false)
    for (const other of [11n, 13n, fromBytes(view.latest.root)]) expect(isValid(view, other, 100)).toBe(false)
  })

  test('the newest root of each tree is valid, of an old one as long as nothing changes there', () => {
    const all = chain([[10n]])
    for (const trees of [
      [20n, 30n],
      [20n, 31n],
      [21n, 31n, 40n],
    ]) {
      const { root } = forestOf(...trees)
      const fields = { ...forestOf(...trees), roots: [root], issuedAt: BigInt(now + 100 * all.length) }
      all.push({ ...behind(all.at(-1)!, [1n]), ...fields })
    }
    const view = follow(all) // at 200, 300 and 400 seconds
    for (const root of [21n, 31n, 40n]) expect(isValid(view, root, 10_000)).toBe(true)
    expect([...view.superseded.keys()]).toEqual([0n, 10n, 30n, 20n])
    for (const [root, until] of [
      [10n, 800],
      [30n, 900],
      [20n, 1000],
    ] as const) {
      expect(isValid(view, root, until)).toBe(true)
      expect(isValid(view, root, until + 1)).toBe(false)
    }
  })

  test('a root that comes back is the newest again', () => {
    const view = follow(chain([[10n]], [[11n], 100], [[10n], 200]))
    expect(isValid(view, 10n, 10_000)).toBe(true)
    expect(isValid(view, 11n, 800)).toBe(true)
  })

  test('a newer one is taken though nothing was bought meanwhile', () => {
    expect(follow(chain([[10n]], [[], 100])).latest.sequence).toBe(3n)
  })

  test('one that is not newer changes nothing', () => {
    const [, second] = chain([[11n]])
    const view = follow([first, second!])
    expect(applyCheckpoint(view, { ...second!, root: toBytes32(12n) })).toBe(view)
    expect(applyCheckpoint(view, first)).toBe(view)
  })

  test('roots beyond every window are forgotten', () => {
    const view = follow(chain([[10n]], [[11n], 100], [[12n], 1000]))
    expect([...view.superseded.keys()]).toEqual([11n])
    expect(applyCheckpoint(view, behind(view.latest, [13n], 1000, { classes: [] })).superseded.has(11n)).toBe(false)
    expect(isValid(follow(chain([[10n]], [[11n], 100], [[12n], 700])), 10n, 700)).toBe(true)
  })

  const last = chain([[10n], 50]).at(-1)!
  test.each<[string, Partial<Checkpoint>, readonly bigint[]]>([
    ['a number left out', { sequence: 4n }, [11n]],
    ['the number at the end of all', { sequence: 2n ** 64n - 1n }, [11n]],
    ['another before it', { previous: checkpointDigest(first) }, [11n]],
    ['none before it', { previous: new Uint8Array(32) }, [11n]],
    ['an earlier time', { issuedAt: BigInt(now + 49) }, [11n]],
    ['a shorter log', { operations: 0n }, []],
    ['a root left out', { operations: last.operations + 2n }, [11n]],
    ['a root said again', { operations: last.operations + 1n }, [10n, 11n]],
    ['no roots and another root', { root: toBytes32(12n) }, []],
    ['no roots and another log', { logHash: new Uint8Array(32).fill(9) }, []],
  ])('one with %s is refused', (_, fields, roots) => {
    const view = follow(chain([[10n], 50]))
    expect(() => applyCheckpoint(view, behind(last, roots, 50, fields))).toThrow('does not follow')
    expect(applyCheckpoint(view, behind(last, roots, 50)).latest.sequence).toBe(3n)
  })

  test.each<[string, Partial<Checkpoint>]>([
    ['another number than 1', { sequence: 2n }],
    ['something before it', { previous: new Uint8Array(32).fill(1) }],
    ['operations without their roots', { operations: 1n }],
    ['a log of no operations', { logHash: new Uint8Array(32).fill(1) }],
  ])('a first one with %s is refused', (_, fields) => {
    expect(() => applyCheckpoint(undefined, { ...first, ...fields })).toThrow('does not follow')
  })
})
