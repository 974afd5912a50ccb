import type { Checkpoint, NoteClass } from '../../sdk/codec/checkpoint.ts'
import { encodeWords, fromBytes, toBytes32 } from '../../sdk/crypto/abi.ts'
import { addressOf } from '../../sdk/crypto/address.ts'
import { keccak256 } from '../../sdk/crypto/hash.ts'
import { publicKeyOf, signDigest } from '../../sdk/crypto/secp256k1.ts'
import { networkIdOf } from '../../sdk/crypto/signals.ts'
import { checkpointDigest, signersHash, termsHash } from '../../sdk/verifier/checkpoint-digest.ts'

const networkId = networkIdOf('pennypost-local')
const key = (name: string) => networkIdOf(`pennypost/test/${name}`)
const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`
const word = (value: bigint): string => hex(toBytes32(value))

/** What signers of checkpoints sign, for the contract to agree with: path from the root → content. */
export async function generateCheckpointVectors(): Promise<Map<string, string>> {
  const checkpoints = [0, 1, 3].map((size) => rowOf(checkpointOf(size)))
  return new Map([['test/vectors/checkpoint.json', `${JSON.stringify({ checkpoints }, null, 2)}\n`]])
}

/** A checkpoint with `size` roots, classes and nodes. */
function checkpointOf(size: number): Checkpoint {
  const numbers = Array.from({ length: size }, (_, i) => i)
  return {
    networkId,
    sequence: BigInt(size) + 7n,
    previous: key('the one before'),
    chainId: 31_337n,
    blockNumber: 2n ** 64n - 1n,
    blockHash: key('block'),
    noteTree: key('note tree').slice(12),
    registry: key('registry').slice(12),
    operations: 100n + BigInt(size),
    logHash: key('log'),
    root: key(`root ${size - 1}`),
    roots: numbers.map((i) => key(`root ${i}`)),
    floor: size === 0 ? '' : `stamp ${size} or holds é`,
    defaultRule: 'x'.repeat(40 * size),
    requestBits: 20 + size,
    decimals: 6 * size,
    checkpointSeconds: 300 + size,
    trees: [],
    classes: numbers.map(classOf),
    nodes: numbers.map((i) => ({ url: `https://node-${i}.example/é`, key: key(`node ${i}`) })),
    issuers: numbers.map((i) => ({ url: `https://issuer-${i}.example/é`, x: key(`issuer ${i}`), y: key(`${i}`) })),
    issuedAt: 1_800_000_000n,
    leaks: numbers.map((i) => key(`leak ${i}`)),
    signers: numbers.map((i) => key(`next signer ${i}`).slice(12)),
    threshold: size,
    officeEndsAt: BigInt(size) * 1_800_000_000n,
  }
}

function classOf(i: number): NoteClass {
  const contract = key(`contract ${i}`).slice(12)
  return {
    kind: 1 + (i % 2),
    contract,
    number: i,
    price: 10n ** 18n,
    unitsPerTicket: 64,
    laneTtl: 60,
    rootWindow: 3_600,
    epochLength: 7_200,
    limit: 64 + i,
  }
}

function classWords({ kind, contract, number, price, ...terms }: NoteClass): string[] {
  const { unitsPerTicket, laneTtl, rootWindow, epochLength, limit } = terms
  const rest = [unitsPerTicket, laneTtl, rootWindow, epochLength, limit].map(BigInt)
  return [BigInt(kind), fromBytes(contract), BigInt(number), price, ...rest].map(word)
}

function rowOf(checkpoint: Checkpoint) {
  const { sequence, chainId, blockNumber, operations, issuedAt, roots, floor, defaultRule, classes, nodes, issuers } =
    checkpoint
  const digest = checkpointDigest(checkpoint)
  const privateKey = key('signer')
  const { bytes, recovery } = signDigest(digest, privateKey)
  return {
    networkId: hex(networkId),
    sequence: word(sequence),
    previous: hex(checkpoint.previous),
    chainId: word(chainId),
    blockNumber: word(blockNumber),
    blockHash: hex(checkpoint.blockHash),
    noteTree: hex(encodeWords([checkpoint.noteTree])),
    registry: hex(encodeWords([checkpoint.registry])),
    operations: word(operations),
    logHash: hex(checkpoint.logHash),
    root: hex(checkpoint.root),
    rootsHash: hex(keccak256(...roots)),
    terms: {
      floor,
      defaultRule,
      numbers: [checkpoint.requestBits, checkpoint.decimals, checkpoint.checkpointSeconds],
      classes: classes.flatMap(classWords),
      urls: nodes.map(({ url }) => url),
      keys: nodes.map((node) => hex(node.key)),
      issuerUrls: issuers.map(({ url }) => url),
      issuerKeys: issuers.flatMap(({ x, y }) => [hex(x), hex(y)]),
    },
    termsHash: hex(termsHash(checkpoint)),
    leaksHash: hex(keccak256(...checkpoint.leaks)),
    signers: checkpoint.signers.map((signer) => hex(encodeWords([signer]))),
    office: [BigInt(checkpoint.threshold), checkpoint.officeEndsAt].map(word),
    signersHash: hex(signersHash(checkpoint)),
    issuedAt: word(issuedAt),
    roots: roots.map(hex),
    digest: hex(digest),
    signer: word(BigInt(addressOf(publicKeyOf(privateKey)))),
    r: hex(bytes.slice(0, 32)),
    s: hex(bytes.slice(32)),
    v: word(27n + BigInt(recovery)),
  }
}
