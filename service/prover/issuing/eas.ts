import { fromHex, type RecoverableSignature, toAddress, toHex } from '@pennypost/sdk/crypto'
import { type ClaimContent, claimLifeOf, easDataOf, easSchemaId, easVersion } from '@pennypost/sdk/verifier'
import { encodePacked, type Hex, hashTypedData, keccak256, stringToHex, zeroAddress, zeroHash } from 'viem'

/** An attestation of a claim, signed off chain, as others read it, and what was signed. */
export type Attestation = { readonly document: string; readonly digest: Uint8Array; readonly signature: Uint8Array }

/** EAS numbers its forms of off-chain attestations; in this one a salt is signed too. */
const version = 2

const types = {
  Attest: [
    { name: 'version', type: 'uint16' },
    { name: 'schema', type: 'bytes32' },
    { name: 'recipient', type: 'address' },
    { name: 'time', type: 'uint64' },
    { name: 'expirationTime', type: 'uint64' },
    { name: 'revocable', type: 'bool' },
    { name: 'refUID', type: 'bytes32' },
    { name: 'data', type: 'bytes' },
    { name: 'salt', type: 'bytes32' },
  ],
} as const

/** Attests a claim (EAS, off-chain, version 2) with what signs a digest; the document is as the service's own library has it. */
export function attest(content: ClaimContent, sign: (digest: Uint8Array) => RecoverableSignature): Attestation {
  const message = messageOf(content)
  const contract = toAddress(content.eas)
  const domain = {
    name: 'EAS Attestation',
    version: easVersion,
    chainId: content.chainId,
    verifyingContract: contract,
  } as const
  const digest = fromHex(hashTypedData({ domain, types, primaryType: 'Attest', message }))
  const { bytes, recovery } = sign(digest)
  const signature = { v: 27 + recovery, r: hexOf(bytes.subarray(0, 32)), s: hexOf(bytes.subarray(32)) }
  const signed = { version, uid: uidOf(message), domain, primaryType: 'Attest', message, types, signature }
  const document = JSON.stringify(signed, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return { document, digest, signature: bytes }
}

type Message = ReturnType<typeof messageOf>

function messageOf(content: ClaimContent) {
  const { from, until } = claimLifeOf(content.epoch)
  return {
    version,
    schema: hexOf(easSchemaId),
    recipient: toAddress(content.subject),
    time: BigInt(from),
    expirationTime: BigInt(until),
    revocable: false,
    refUID: zeroHash,
    data: hexOf(easDataOf(content)),
    salt: hexOf(content.salt),
  } as const
}

/** What an off-chain attestation is called; the schema goes in by its text, and there is no attester. */
function uidOf({ schema, recipient, time, expirationTime, revocable, refUID, data, salt }: Message): Hex {
  const kinds = [
    'uint16',
    'bytes',
    'address',
    'address',
    'uint64',
    'uint64',
    'bool',
    'bytes32',
    'bytes',
    'bytes32',
    'uint32',
  ]
  const who = [stringToHex(schema), recipient, zeroAddress]
  return keccak256(
    encodePacked(kinds, [version, ...who, time, expirationTime, revocable, refUID, data, salt, 0] as never),
  )
}

const hexOf = (bytes: Uint8Array): Hex => `0x${toHex(bytes)}`
