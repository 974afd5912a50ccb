import { privateKeyToAccount } from 'viem/accounts'
import type { Claim } from '../../sdk/codec/lane.ts'
import { toBytes32 } from '../../sdk/crypto/abi.ts'
import { concatBytes, fromHex } from '../../sdk/crypto/bytes.ts'
import { poseidon } from '../../sdk/crypto/poseidon.ts'
import { publicKeyOf, signDigest } from '../../sdk/crypto/secp256k1.ts'
import { issuerNameOf } from '../../sdk/crypto/use.ts'
import { parseWalletSignature } from '../../sdk/crypto/wallet-signature.ts'
import type { FactCondition } from '../../sdk/policy/index.ts'
import {
  type ClaimContent,
  type ClaimForm,
  certificateMessage,
  claimDigestOf,
  claimForms,
  factEpochOf,
  namedNullifierOf,
  shownDigestOf,
} from '../../sdk/verifier/index.ts'
import { fact, issuer, type TestIssuer } from './credentials.ts'
import type { EvidenceInit } from './lanes.ts'
import { checkpoint, lane, laneUse, networkId, now, seeded } from './world.ts'

// Claims that issuers have signed about accounts, and accounts that show them.

/** Who writes in its own name. */
export const ann = privateKeyToAccount(`0x${'a1'.repeat(32)}`)
export const annKey = fromHex('a1'.repeat(32))
export const benKey = fromHex('b2'.repeat(32))

/** The key by which an issuer signs claims. */
export const claimKey = (by: TestIssuer): Uint8Array => by.key.x.map((byte, i) => (i === 0 ? 1 : byte))

/** The account of a key, 20 bytes. */
export const accountOf = (key: Uint8Array): Uint8Array =>
  fromHex(privateKeyToAccount(`0x${Buffer.from(key).toString('hex')}`).address)

export const eas = new Uint8Array(20).fill(0xea)

/** What may be different about a claim, what is signed of it, and how it is shown. */
export type Claiming = {
  readonly form?: ClaimForm
  readonly by?: TestIssuer
  /** The account's private key. */
  readonly who?: Uint8Array
  readonly number?: number
  readonly content?: Partial<ClaimContent>
  /** What is signed in place of what the claim is. */
  readonly signed?: Partial<ClaimContent>
  readonly fact?: FactCondition
  readonly use?: Uint8Array
  readonly topic?: string
  /** Of the network, that the issuer's certificate names. */
  readonly certified?: { readonly networkId?: Uint8Array; readonly epoch?: number; readonly by?: TestIssuer }
}

export const epoch = factEpochOf(now)

/** What an issuer says of ann. */
export function claimContent({ by = issuer, who = annKey, fact: asked = fact, content }: Claiming = {}): ClaimContent {
  return {
    networkId,
    chainId: checkpoint.chainId,
    issuer: by.key,
    key: publicKeyOf(claimKey(by)).slice(1),
    eas,
    fact: asked,
    epoch,
    subject: accountOf(who),
    block: { number: 100n, hash: new Uint8Array(32).fill(7) },
    salt: seeded(6)(32),
    ...content,
  }
}

/** A certificate of the key that signs an issuer's claims. */
export function certify(content: ClaimContent, { by = issuer, certified = {} }: Claiming = {}) {
  const signer = certified.by ?? by
  const message = certificateMessage({ ...content, ...certified }, poseidon)
  const { r8x, r8y, s } = signer.sign(message)
  return { key: content.key, eas: content.eas, signature: concatBytes(...[r8x, r8y, s].map(toBytes32)) }
}

/** A claim about ann, shown for the usual lane, unless told otherwise. */
export function claimOf(claiming: Claiming = {}): Omit<Claim, '$typeName' | 'certificate'> & {
  certificate: ReturnType<typeof certify>
} {
  const { form = 'eas', by = issuer, who = annKey, number = 0, signed = {} } = claiming
  const { use = laneUse(), topic = lane.topic } = claiming
  const content = claimContent(claiming)
  const { bytes: signature } = signDigest(claimDigestOf(form, { ...content, ...signed }), claimKey(by))
  const shown = signDigest(shownDigestOf({ topic, use, number }), who)
  return {
    form: claimForms[form],
    issuer: concatBytes(by.key.x, by.key.y),
    certificate: certify(content, claiming),
    subject: content.subject,
    epoch: BigInt(content.epoch),
    blockNumber: content.block.number,
    blockHash: content.block.hash,
    salt: content.salt,
    signature,
    number,
    nullifier: toBytes32(namedNullifierOf({ ...content, issuerName: issuerNameOf(by.key), number })),
    shown: concatBytes(shown.bytes, Uint8Array.of(shown.recovery)),
  }
}

export const claimEvidence = (condition: number, value: ReturnType<typeof claimOf>): EvidenceInit => ({
  condition,
  kind: { case: 'claim', value: value as unknown as Claim },
})

/** What a wallet's signature is on the wire. */
export function shownBytes(signature: string): Uint8Array {
  const { bytes, recovery } = parseWalletSignature(signature)
  return concatBytes(bytes, Uint8Array.of(recovery))
}
