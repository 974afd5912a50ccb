import { encodeLabelled, encodeWords, type Word } from '../crypto/abi.ts'
import { concatBytes, utf8 } from '../crypto/bytes.ts'
import { keccak256, keccak256Kept } from '../crypto/hash.ts'
import { predicateOf } from '../policy/index.ts'
import { type ClaimContent, claimLifeOf } from './claim-content.ts'

/**
 * The schema of our attestations. It is never registered by us: an off-chain attestation needs no entry, and whoever makes one
 * on a chain gets the same identifier.
 */
export const easSchema = 'string fact,bytes32 network,uint64 epoch,uint64 blockNumber,bytes32 blockHash'

/** The version of EAS that attestations name. */
export const easVersion = '1.4.0'

const hashOf = (text: string): Uint8Array => keccak256(utf8(text))

/** The schema's identifier: without a resolver, and never revocable, since a claim ends with its epoch. */
export const easSchemaId = /* @__PURE__ */ keccak256(concatBytes(utf8(easSchema), new Uint8Array(21)))

const domainType = /* @__PURE__ */ hashOf(
  'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)',
)
const attestType = /* @__PURE__ */ hashOf(
  'Attest(uint16 version,bytes32 schema,address recipient,uint64 time,uint64 expirationTime,bool revocable,bytes32 refUID,bytes data,bytes32 salt)',
)
const domainName = /* @__PURE__ */ hashOf('EAS Attestation')
const domainVersion = /* @__PURE__ */ hashOf(easVersion)
const offchainVersion = 2n

/** What the attestation is of, as its schema has it. */
export const easDataOf = ({ fact, networkId, epoch, block }: ClaimContent): Uint8Array =>
  encodeLabelled(predicateOf(fact), [networkId, BigInt(epoch), block.number, block.hash])

/** What an issuer signs of a claim as an attestation of EAS (off-chain, version 2; EIP-712), 32 bytes. */
export function easDigestOf(content: ClaimContent): Uint8Array {
  const { chainId, eas, subject, epoch, salt } = content
  const { from, until } = claimLifeOf(epoch)
  const domain = keccak256Kept(encodeWords([domainType, domainName, domainVersion, chainId, eas]))
  const [isRevocable, refers] = [0n, 0n]
  const data = keccak256Kept(easDataOf(content)) // one for all accounts of which the fact is so
  const attested = [easSchemaId, subject, BigInt(from), BigInt(until), isRevocable, refers, data, salt]
  return keccak256(concatBytes(Uint8Array.of(0x19, 1), domain, hashWords([attestType, offchainVersion, ...attested])))
}

const hashWords = (words: readonly Word[]): Uint8Array => keccak256(encodeWords(words))
