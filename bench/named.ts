import { createMerkleProof, createMPT } from '@ethereumjs/mpt'
import { toBytes32 } from '../sdk/crypto/abi.ts'
import { loadFastSecp256k1 } from '../sdk/crypto/fast-secp256k1.ts'
import { keccak256 } from '../sdk/crypto/hash.ts'
import { poseidon } from '../sdk/crypto/poseidon.ts'
import { recoverPublicKey, signDigest, useSecp256k1 } from '../sdk/crypto/secp256k1.ts'
import { checkConnection } from '../sdk/verifier/connection.ts'
import { type ClaimForm, checkClaim, checkHolding, claimDigestOf, placeOf } from '../sdk/verifier/index.ts'
import { accountOf, annKey, claimContent, claimKey, claimOf } from '../test/helpers/claims.ts'
import { fact, factView, issuer } from '../test/helpers/credentials.ts'
import { encodeRlp, headerOf, holdingOf, holdingView, slot, token, tokens } from '../test/helpers/holdings.ts'
import { connect } from '../test/helpers/lanes.ts'
import { lane, laneUse, networkId, now, recipient } from '../test/helpers/world.ts'
import { formatRows, interleave, type Row, rowOf, timed } from './row.ts'

const rounds = 9
const times = 200

/**
 * Verifying what an account shows in its own name, beside one recovery of a signer by the same library (secp256k1 in WebAssembly): a claim
 * takes one and a verification (of what the issuer has signed, once), a holding one and the hashes of its nodes, a connection of an account that was seen before one verification.
 */
export async function benchNamed(): Promise<Row[]> {
  const before = useSecp256k1(await loadFastSecp256k1())
  try {
    const target = { networkId, now, use: laneUse(), topic: lane.topic, poseidon, checkpoint: factView() }
    const show = (claims: readonly ReturnType<typeof claimOf>[]) => {
      let next = 0
      return () => checkClaim(decoded(claims[next++ % claims.length] as (typeof claims)[number]), target, fact)
    }
    const holding = await deepHolding()
    const connection = connect()
    const where = { networkId, recipient, holder: lane.holder, now, blocks: undefined }
    const digest = keccak256(Uint8Array.of(1))
    const signature = signDigest(digest, annKey)
    const subjects = [
      () => recoverPublicKey(signature, digest),
      show(claimsOf('eas')),
      show(claimsOf('vc')),
      show([claimOf()]),
      () => checkHolding(holding.fields, { ...target, checkpoint: holding.view }, tokens),
      () => checkConnection(connection as never, where) ?? {},
    ]
    for (const subject of subjects.slice(1)) requireGood(subject())
    const measurements = subjects.map((subject) => () => timed(times, () => repeat(subject)))
    await interleave(2, measurements) // warms up
    const [one = 0, eas = 0, vc = 0, again = 0, proof = 0, connected = 0] = await interleave(rounds, measurements)
    const beside = 'one recovery, secp256k1 in wasm'
    return [
      rowOf('verify a claim, EAS attestation', eas, one, { beside, goal: { atMost: 2.4 } }),
      rowOf('verify a claim, vc+jwt', vc, one, { beside, goal: { atMost: 2.4 } }),
      rowOf('verify a claim that was shown before', again, one, { beside, goal: { atMost: 1.5 } }),
      rowOf(`verify a holding, ${holding.nodes} nodes`, proof, one, { beside, goal: { atMost: 5 } }),
      rowOf('verify a connection', connected, one, { beside, goal: { atMost: 1.35 } }),
    ]
  } finally {
    useSecp256k1(before)
  }
}

function repeat(subject: () => unknown): void {
  for (let i = 0; i < times; i++) subject()
}

function requireGood(result: object): void {
  if ('code' in result) throw new Error(`It is refused: ${result.code}`)
}

/** More claims than a verifier remembers, one after the other. */
function claimsOf(form: ClaimForm) {
  const [claim, content] = [claimOf({ form }), claimContent()]
  return Array.from({ length: 1_100 }, (_, i) => {
    const salt = toBytes32(BigInt(i))
    const { bytes: signature } = signDigest(claimDigestOf(form, { ...content, salt }), claimKey(issuer))
    return { ...claim, salt, signature }
  })
}

const decoded = (claim: ReturnType<typeof claimOf>) => claim as unknown as Parameters<typeof checkClaim>[0]

/** A holding of a token whose account lies eight nodes deep in a large state, and its balance six in the contract's storage. */
async function deepHolding() {
  const place = placeOf(accountOf(annKey), slot)
  const storage = await deepTrie(keccak256(place), encodeRlp(toBytes32(70n).slice(31)), 6)
  const address = Buffer.from(token.slice(2), 'hex')
  const account = encodeRlp([Uint8Array.of(1), new Uint8Array(), storage.root, keccak256()])
  const state = await deepTrie(keccak256(address), account, 8)
  const header = headerOf(state.root)
  const fields = {
    ...(await holdingOf({ fact: tokens })),
    header,
    accountProof: state.proof,
    storageProof: storage.proof,
  }
  const nodes = state.proof.length + storage.proof.length
  return {
    nodes,
    fields: fields as unknown as Parameters<typeof checkHolding>[0],
    view: holdingView(keccak256(header)),
  }
}

/** A trie in which a key (hashed) is so many nodes deep, all branches full, as those near the root of a large one are. */
async function deepTrie(key: Uint8Array, value: Uint8Array, depth: number) {
  const trie = await createMPT({})
  await trie.put(key, value)
  for (let level = 0; level < depth - 1; level++) {
    for (let turn = 1; turn < 16; turn++) {
      const at = level >> 1
      const other = key.with(at, (key[at] ?? 0) ^ (level % 2 === 0 ? turn << 4 : turn))
      await trie.put(other, value)
    }
  }
  return { root: trie.root(), proof: await createMerkleProof(trie, key) }
}

if (import.meta.main) console.log(formatRows(await benchNamed()))
