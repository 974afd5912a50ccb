import { createMerkleProof, verifyMerkleProof } from '@ethereumjs/mpt'
import { fc, test as fcTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../../sdk/crypto/abi.ts'
import { fromHex } from '../../../sdk/crypto/bytes.ts'
import { keccak256 } from '../../../sdk/crypto/hash.ts'
import { applyCheckpoint, digestEvidence, factClass, type LaneContext, placeOf } from '../../../sdk/verifier/index.ts'
import { decodeRlp } from '../../../sdk/verifier/rlp.ts'
import { proveInTrie } from '../../../sdk/verifier/trie-proof.ts'
import { accountOf, annKey, benKey, claimEvidence, claimOf, epoch } from '../../helpers/claims.ts'
import { factOf, rule } from '../../helpers/credentials.ts'
import {
  accounts,
  type coin,
  coinRule,
  empty,
  encodeRlp,
  type Holder,
  type HoldingFields,
  header,
  headerOf,
  holdingEvidence,
  holdingOf,
  holdingView,
  slot,
  storage,
  token,
  tokenRule,
  tokens,
} from '../../helpers/holdings.ts'
import { decide, type EvidenceInit, laneRequest, topicPolicy } from '../../helpers/lanes.ts'
import { checkpoint, checkpointAfter, laneUse } from '../../helpers/world.ts'

type Change = (fields: HoldingFields) => Partial<HoldingFields>
const same: Change = () => ({})

/** What becomes of a request with one holding, changed before it is sent. */
async function verdict(holder: Holder = {}, text = coinRule, change = same, context: Partial<LaneContext> = {}) {
  const fields = await holdingOf(holder)
  const evidence = [holdingEvidence(0, { ...fields, ...change(fields) })]
  return outcomeOf(evidence, text, context)
}

async function outcomeOf(evidence: EvidenceInit[], text: string, context: Partial<LaneContext> = {}) {
  const { result } = await decide({
    request: { evidence },
    policy: topicPolicy(text),
    context: { checkpoint: holdingView(), ...context },
  })
  return result.ok ? 'opened' : result.code
}

const ofToken = (text: string, change = same, holder: Holder = {}) => verdict({ fact: tokens, ...holder }, text, change)
const turned = (bytes: Uint8Array | undefined, at: number) => bytes!.with(at, bytes![at]! ^ 1)

describe('what an account holds opens a lane without an issuer', () => {
  test('of the coin, and of a token by the slot of its balances; the account is kept', async () => {
    const evidence = [holdingEvidence(0, await holdingOf()), holdingEvidence(1, await holdingOf({ fact: tokens }))]
    const policy = topicPolicy(`${coinRule} and ${tokenRule}`)
    const { result } = await decide({ request: { evidence }, policy, context: { checkpoint: holdingView() } })
    expect(result).toMatchObject({ ok: true, payers: [accountOf(annKey)], tag: undefined })
    expect(result.ok && result.nullifiers.map(({ noteClass }) => noteClass.kind)).toEqual([3, 3])
  })

  test('of as much as is asked for, and not of one more', async () => {
    const [most, more] = [factOf(coinRule), factOf(coinRule.replace('0.000000000000001', '0.000000000000001001'))]
    expect(await verdict({ fact: most as typeof coin })).toBe('opened')
    expect(
      await verdict({ fact: more as typeof coin }, coinRule.replace('0.000000000000001', '0.000000000000001001')),
    ).toBe('holding.not-enough')
    const text = tokenRule.replace('>= 70', '>= 71')
    expect(await ofToken(text, same, { fact: factOf(text) as typeof tokens })).toBe('holding.not-enough')
  })

  test('in the block of the first checkpoint of the epoch, whichever followed', () => {
    const first = applyCheckpoint(undefined, checkpoint)
    const hash = new Uint8Array(32).fill(2)
    const second = applyCheckpoint(first, checkpointAfter(checkpoint, [], { blockHash: hash }))
    expect([first, second].map(({ factBlock }) => factBlock)).toEqual(
      [1, 1].map(() => ({ epoch, hash: checkpoint.blockHash })),
    )
    const later = { blockHash: hash, issuedAt: checkpoint.issuedAt + BigInt(factClass.epochLength) }
    expect(applyCheckpoint(second, checkpointAfter(second.latest, [], later)).factBlock).toEqual({
      epoch: epoch + 1,
      hash,
    })
  })

  test('beside a claim of the same account, and of no other', async () => {
    const both = `${coinRule} and ${rule}`
    const holding = holdingEvidence(0, await holdingOf())
    expect(await outcomeOf([holding, claimEvidence(1, claimOf())], both)).toBe('opened')
    expect(await outcomeOf([holding, claimEvidence(1, claimOf({ who: benKey }))], both)).toBe('claim.subjects-differ')
  })
})

describe('a holding is refused', () => {
  test.each<[string, string, () => Promise<string>]>([
    [
      'holding.malformed',
      'an account of 21 bytes',
      () => verdict({}, coinRule, () => ({ subject: new Uint8Array(21) })),
    ],
    [
      'holding.malformed',
      'a nullifier of 31 bytes',
      () => verdict({}, coinRule, () => ({ nullifier: new Uint8Array(31) })),
    ],
    ['holding.malformed', 'another nullifier', () => verdict({}, coinRule, () => ({ nullifier: new Uint8Array(32) }))],
    ['holding.malformed', 'a word of 64 bytes', () => verdict({}, coinRule, () => ({ shown: new Uint8Array(64) }))],
    ['holding.malformed', 'a number that is no use', () => verdict({ number: 64 })],
    [
      'holding.malformed',
      'a header that is too long',
      () => verdict({}, coinRule, () => ({ header: new Uint8Array(1_025) })),
    ],
    ['holding.no-checkpoint', 'no checkpoint', () => verdict({}, coinRule, same, { checkpoint: undefined })],
    [
      'holding.no-checkpoint',
      'a checkpoint of the last epoch',
      () =>
        verdict({}, coinRule, same, {
          checkpoint: { ...holdingView(), factBlock: { epoch: epoch - 1, hash: keccak256(header) } },
        }),
    ],
    [
      'holding.no-checkpoint',
      'no block',
      () => verdict({}, coinRule, same, { checkpoint: { ...holdingView(), factBlock: undefined } }),
    ],
    ['holding.out-of-date', 'another epoch', () => verdict({ epoch: epoch - 1 })],
    ['holding.not-for-this', 'another lane', () => verdict({ use: laneUse({ units: 2 }) })],
    ['holding.not-for-this', "another number than the account's word says", () => numbered()],
    [
      'holding.block-unknown',
      'another block',
      () => verdict({}, coinRule, same, { checkpoint: holdingView(new Uint8Array(32)) }),
    ],
    [
      'holding.block-unknown',
      'a header of its own',
      () => verdict({}, coinRule, () => ({ header: headerOf(new Uint8Array(32)) })),
    ],
    [
      'holding.block-unknown',
      'a truncated header',
      () => verdict({}, coinRule, () => ({ header: header.subarray(0, -1) })),
    ],
    ['holding.not-enough', 'an account that is not there', () => verdict({ who: benKey })],
    ['holding.not-enough', 'an account that holds none of the token', () => ofToken(tokenRule, same, { who: benKey })],
    ['holding.not-enough', 'another slot', () => otherSlot()],
    ['holding.not-enough', 'a contract without storage', () => inEmpty()],
    ['holding.proof-invalid', "another account's proof", () => otherProof({ who: benKey }, coinRule)],
    ['holding.proof-invalid', 'no nodes', () => verdict({}, coinRule, () => ({ accountProof: [] }))],
    [
      'holding.proof-invalid',
      'a node too few',
      () => verdict({}, coinRule, ({ accountProof }) => ({ accountProof: accountProof.slice(0, -1) })),
    ],
    [
      'holding.proof-invalid',
      'without its root',
      () => verdict({}, coinRule, ({ accountProof }) => ({ accountProof: accountProof.slice(1) })),
    ],
    [
      'holding.proof-invalid',
      'a node too many',
      () => verdict({}, coinRule, ({ accountProof }) => ({ accountProof: [...accountProof, accountProof[0]!] })),
    ],
    [
      'holding.proof-invalid',
      'nodes in another order',
      () => verdict({}, coinRule, ({ accountProof }) => ({ accountProof: accountProof.toReversed() })),
    ],
    [
      'holding.proof-invalid',
      'a changed node',
      () =>
        verdict({}, coinRule, ({ accountProof }) => ({
          accountProof: accountProof.with(1, turned(accountProof[1], 40)),
        })),
    ],
    [
      'holding.proof-invalid',
      "storage of the coin's",
      () => verdict({}, coinRule, ({ accountProof }) => ({ storageProof: accountProof })),
    ],
    ['holding.proof-invalid', 'no storage of the token', () => ofToken(tokenRule, () => ({ storageProof: [] }))],
    [
      'holding.proof-invalid',
      "another contract's storage",
      () => ofToken(tokenRule, ({ accountProof }) => ({ storageProof: accountProof })),
    ],
    [
      'holding.proof-invalid',
      'a changed word',
      () =>
        ofToken(tokenRule, ({ storageProof }) => ({
          storageProof: storageProof.with(-1, turned(storageProof.at(-1), storageProof.at(-1)!.length - 1)),
        })),
    ],
    ['holding.chain-unknown', 'of another chain', () => elsewhere()],
    ['evidence.malformed', 'a claim in its place', () => outcomeOf([claimEvidence(0, claimOf())], coinRule)],
    [
      'evidence.malformed',
      'two',
      async () =>
        outcomeOf(
          [holdingEvidence(0, await holdingOf()), holdingEvidence(0, await holdingOf({ number: 1 }))],
          coinRule,
        ),
    ],
    [
      'evidence.malformed',
      'further conditions',
      async () => outcomeOf([{ ...holdingEvidence(0, await holdingOf()), also: [1] }], `${coinRule} and stamp 1`),
    ],
    ['evidence.malformed', 'in place of a claim', async () => outcomeOf([holdingEvidence(0, await holdingOf())], rule)],
  ])('with %s: %s', async (code, _, run) => {
    expect(await run()).toBe(code)
  })

  test('whose use is made', async () => {
    const nullifier = fromBytes((await holdingOf()).nullifier)
    const usedShare = (asked: bigint) => (asked === nullifier ? { x: 1n } : undefined)
    expect(await verdict({}, coinRule, same, { usedShare })).toBe('claim.used')
    expect(await verdict({ number: 1 }, coinRule, same, { usedShare })).toBe('opened')
  })

  const numbered = async () => {
    const [first, second] = [await holdingOf(), await holdingOf({ number: 1 })]
    return outcomeOf([holdingEvidence(0, { ...second, shown: first.shown })], coinRule)
  }
  const otherProof = async (holder: Holder, text: string) => {
    const { accountProof } = await holdingOf(holder)
    return verdict({}, text, () => ({ accountProof }))
  }
  const otherSlot = () => {
    const text = tokenRule.replace(`slot ${slot}`, 'slot 8')
    return ofToken(text, same, { fact: factOf(text) as typeof tokens })
  }
  const inEmpty = () => {
    const text = tokenRule.replace(token, empty)
    return ofToken(text, same, { fact: factOf(text) as typeof tokens })
  }
  const elsewhere = () => {
    const text = coinRule.replace('31337', '1')
    return verdict({ fact: factOf(text) as typeof coin }, text)
  }
})

describe('a walk down a trie', () => {
  const keys = [
    placeOf(accountOf(annKey), slot),
    ...Array.from({ length: 40 }, (_, i) => keccak256(Uint8Array.of(i, 0))),
  ]

  test('comes to what an independent library comes to, for what is there and what is not', async () => {
    for (const key of [...keys, ...keys.map((one) => keccak256(one))]) {
      const proof = await createMerkleProof(storage, key)
      const value = await verifyMerkleProof(key, proof, { root: storage.root(), useKeyHashing: true })
      expect(proveInTrie(storage.root(), key, proof)).toEqual({ value: value ?? undefined })
    }
  })

  test('opens short nodes, which are in the one before', () => {
    const key = keys[0]!
    const nibbles = [...Buffer.from(keccak256(key)).toString('hex')].map((digit) => Number.parseInt(digit, 16))
    const [last, end] = [nibbles[62]!, nibbles[63]!]
    const leaf = [Uint8Array.of(0x30 | end), Uint8Array.of(7)]
    const branch = Array.from({ length: 17 }, (_, at) => (at === last ? leaf : new Uint8Array()))
    const path = fromHex(
      `00${nibbles
        .slice(0, 62)
        .map((nibble) => nibble.toString(16))
        .join('')}`,
    )
    const root = encodeRlp([path, branch])
    expect(proveInTrie(keccak256(root), key, [root])).toEqual({ value: Uint8Array.of(7) })
    const other = encodeRlp([
      path,
      branch.map((item, at) => (at === last ? [Uint8Array.of(0x30 | (end ^ 1)), Uint8Array.of(7)] : item)),
    ])
    expect(proveInTrie(keccak256(other), key, [other])).toEqual({ value: undefined })
    expect(proveInTrie(keccak256(root), key, [root, encodeRlp(branch)])).toBeUndefined()
  })

  fcTest.prop([fc.nat({ max: 40 }), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'comes to nothing when any byte of a node is another',
    async (which, where, byte, by) => {
      const proof = await createMerkleProof(storage, keys[which]!)
      const [node, at] = [where % proof.length, byte % proof[where % proof.length]!.length]
      const changed = proof.with(node, proof[node]!.with(at, proof[node]![at]! ^ by))
      expect(proveInTrie(storage.root(), keys[which]!, changed)).toBeUndefined()
    },
  )
  test('of an empty trie shows that nothing is there, without a node', () => {
    const root = fromHex('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
    expect(proveInTrie(root, keys[0]!, [])).toEqual({ value: undefined })
    expect(proveInTrie(root, keys[0]!, [Uint8Array.of(0x80)])).toBeUndefined()
    expect(proveInTrie(accounts.root(), keys[0]!, [])).toBeUndefined()
  })

  test('takes no leaf for its own that ends before the key does', () => {
    const nibbles = Buffer.from(keccak256(keys[0]!)).toString('hex')
    const leaf = encodeRlp([fromHex(`20${nibbles.slice(0, 10)}`), Uint8Array.of(1)])
    expect(proveInTrie(keccak256(leaf), keys[0]!, [leaf])).toEqual({ value: undefined })
    const whole = encodeRlp([fromHex(`20${nibbles}`), Uint8Array.of(1)])
    expect(proveInTrie(keccak256(whole), keys[0]!, [whole])).toEqual({ value: Uint8Array.of(1) })
    const padded = encodeRlp([fromHex(`21${nibbles}`), Uint8Array.of(1)])
    expect(proveInTrie(keccak256(padded), keys[0]!, [padded])).toBeUndefined()
  })

  test('refuses paths that are no paths', () => {
    for (const compact of ['40', '01', '0f', '']) {
      const node = encodeRlp([fromHex(compact), Uint8Array.of(1)])
      expect(proveInTrie(keccak256(node), keys[0]!, [node])).toBeUndefined()
    }
    const extension = encodeRlp([fromHex('00'), new Uint8Array(32)])
    expect(proveInTrie(keccak256(extension), keys[0]!, [extension])).toBeUndefined()
  })
})

describe('RLP', () => {
  type Tree = Uint8Array | Tree[]
  const tree = fc.letrec<{ node: Tree }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, fc.uint8Array({ maxLength: 300 }), fc.array(tie('node'), { maxLength: 4 })),
  })).node
  fcTest.prop([tree])('is read as an independent library writes it', (value) => {
    expect(decodeRlp(encodeRlp(value))).toEqual(value)
  })
  fcTest.prop([fc.uint8Array({ maxLength: 40 })])('has one encoding: what is read is written the same', (bytes) => {
    const read = decodeRlp(bytes)
    if (read) expect(encodeRlp(read)).toEqual(bytes)
  })
  test.each([
    '',
    '8100',
    '817f',
    'b800',
    'b83700',
    'b90001',
    'f800',
    'f80100',
    '8001',
    'c0c0',
    '83ffff',
    'c283ff',
    'bf0000000000000001',
  ])('0x%s is none', (hex) => expect(decodeRlp(fromHex(hex))).toBeUndefined())
})

test('what a request shows is of whom the account has signed for', async () => {
  const digest = async (change: Change) => {
    const fields = await holdingOf()
    return digestEvidence(laneRequest({ evidence: [holdingEvidence(0, { ...fields, ...change(fields) })] })).toString()
  }
  const first = await digest(same)
  expect(await digest(() => ({ accountProof: [] }))).toBe(first)
  expect(await digest(() => ({ shown: new Uint8Array(65) }))).not.toBe(first)
})
