import type { Checkpoint, Issuer, NetworkTerms, NodeEntry, NoteClass } from '../codec/checkpoint.ts'
import { encodeLabelled, encodeWords } from '../crypto/abi.ts'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'

/** keccak256 of the checkpoint's fields as `abi.encode` would write them: what a signer signs. */
export function checkpointDigest(checkpoint: Checkpoint): Uint8Array {
  return keccak256(
    encodeLabelled('pennypost/checkpoint/v1', [
      checkpoint.networkId,
      checkpoint.sequence,
      checkpoint.previous,
      checkpoint.chainId,
      checkpoint.blockNumber,
      checkpoint.blockHash,
      checkpoint.noteTree,
      checkpoint.registry,
      checkpoint.operations,
      checkpoint.logHash,
      checkpoint.root,
      keccak256(...checkpoint.roots),
      termsHash(checkpoint),
      keccak256(...checkpoint.leaks),
      signersHash(checkpoint),
      checkpoint.issuedAt,
    ]),
  )
}

/** The hash of a network's terms, by which the CheckpointRegistry knows whether they are in force. */
export function termsHash(terms: NetworkTerms): Uint8Array {
  const { floor, defaultRule, requestBits, decimals, checkpointSeconds, classes, nodes, issuers } = terms
  return keccak256(
    encodeLabelled('pennypost/terms/v1', [
      keccak256(utf8(floor)),
      keccak256(utf8(defaultRule)),
      BigInt(requestBits),
      BigInt(decimals),
      BigInt(checkpointSeconds),
      keccak256(encodeWords([32n, BigInt(classes.length)]), ...classes.map(encodeClass)),
      keccak256(...nodes.map(encodeNode)),
      keccak256(...issuers.map(encodeIssuer)),
    ]),
  )
}

/** The hash of who signs next, by which the CheckpointRegistry knows whether they are in office. */
export function signersHash(named: Pick<Checkpoint, 'signers' | 'threshold' | 'officeEndsAt'>): Uint8Array {
  return keccak256(encodeWords([...named.signers, BigInt(named.threshold), named.officeEndsAt]))
}

function encodeClass(entry: NoteClass): Uint8Array {
  return encodeWords([
    BigInt(entry.kind),
    entry.contract,
    BigInt(entry.number),
    entry.price,
    BigInt(entry.unitsPerTicket),
    BigInt(entry.laneTtl),
    BigInt(entry.rootWindow),
    BigInt(entry.epochLength),
    BigInt(entry.limit),
  ])
}

const encodeNode = ({ url, key }: Pick<NodeEntry, 'url' | 'key'>): Uint8Array => concatBytes(keccak256(utf8(url)), key)

const encodeIssuer = ({ url, x, y }: Issuer): Uint8Array => concatBytes(keccak256(utf8(url)), x, y)
