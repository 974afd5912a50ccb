import {
  type Checkpoint,
  digestEnvelope,
  type Envelope,
  encodeCheckpoint,
  encodeLaneRequest,
  encodePolicyFields,
  encodePublishRequest,
  encodeSignedCheckpoint,
  encodeSignedPolicy,
  envelopeStatement,
  envelopeToJson,
  ownedTopic,
  policyStatement,
  renewalStatement,
  ruleToMessage,
  writeLegacyKey,
  writeSignature,
} from '../../sdk/codec/index.ts'
import {
  type Address,
  addressToBytes,
  ed25519PublicKey,
  forestRootOf,
  keccak256,
  networkIdOf,
  signDigest,
  signEd25519,
  toAddress,
  toBase64,
  useOf,
  zeroAddress,
} from '../../sdk/crypto/index.ts'
import { createIdentity, createToken } from '../../sdk/identity/index.ts'
import { parseRule } from '../../sdk/policy/index.ts'
import { type CheckpointTrust, checkpointDigest, type Groth16, unsaidTerms, workOf } from '../../sdk/verifier/index.ts'
import { assembleNode, buildNode, completeConfig, type NodeConfig, type NodeEdges } from '../../service/node/index.ts'
import { walletOf } from './accounts.ts'
import { forBoth } from './groth16.ts'

export const networkId = networkIdOf('pennypost-local')

/** What tests of a node run with, unless they say otherwise: in memory, quiet, cheap requests. */
const quiet = { dataDir: undefined, port: 0, logLevel: 'silent', rateLimits: 'off', requestBits: 4 } as const

/** A node without a socket: answers by `inject`. */
export async function makeNode(config: Partial<NodeConfig> = {}, edges: NodeEdges = {}) {
  const full = completeConfig({ ...quiet, ...config })
  const assembled = await assembleNode(full, edges)
  assembled.address.url = 'http://node.test'
  const app = await buildNode(assembled.context, full)

  async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const payload =
      body instanceof Uint8Array ? Buffer.from(body) : typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await app.inject({
      method: 'POST',
      url: path,
      payload,
      headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
    })
    const { statusCode: status, headers: answered, rawPayload: bytes, payload: text } = answer
    return { status, headers: answered, bytes, json: parse(text) }
  }

  return {
    app,
    context: assembled.context,
    deps: assembled.context.deps,
    checkpoints: assembled.checkpoints,
    post,
    publish: (account: Pick<TestAccount, 'token'>, ...envelopes: Envelope[]) =>
      post(
        '/message/v1/publish',
        { envelopes: envelopes.map(envelopeToJson) },
        { authorization: `Bearer ${account.token}` },
      ),
    query: async (topic: string, account?: Pick<TestAccount, 'token'>) =>
      (
        await post(
          '/message/v1/query',
          { contentTopics: [topic] },
          account && { authorization: `Bearer ${account.token}` },
        )
      ).json,
    openLane: (request: LaneFields) => post('/v1/lanes', encodeLaneRequest(request), protobuf),
    publishLane: (...envelopes: Parameters<typeof encodePublishRequest>[0]['envelopes'] & object) =>
      post('/v1/publish', encodePublishRequest({ envelopes }), { ...protobuf, accept: 'application/json' }),
    async close() {
      await app.close()
      await assembled.close()
    },
  }
}

export type TestNode = Awaited<ReturnType<typeof makeNode>>

const protobuf = { 'content-type': 'application/x-protobuf' }

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An account with an identity and a token for now. */
export async function makeAccount(byte: number, now = Date.now() / 1000) {
  const wallet = walletOf(byte)
  const identity = await createIdentity(wallet, { createdMs: 1_700_000_000_000n })
  const token = createToken(identity, BigInt(Math.floor(now * 1000)) * 1_000_000n)
  return { address: wallet.address, bytes: addressToBytes(wallet.address), identity, token }
}

export type TestAccount = Awaited<ReturnType<typeof makeAccount>>

let clock = 1_700_000_000_000_000_000n

/** An envelope at a time of its own. */
export const envelope = (
  contentTopic: string,
  message: Uint8Array | string = 'hello',
  timestampNs = ++clock,
): Envelope => ({
  contentTopic,
  timestampNs,
  message: typeof message === 'string' ? new TextEncoder().encode(message) : message,
})

/** A policy document, signed by its owner, as an envelope. */
export function policyEnvelope(
  { identity, bytes, address }: TestAccount,
  {
    version,
    rule,
    ...rest
  }: { version: bigint; rule?: string } & Omit<Parameters<typeof encodePolicyFields>[0], 'rule' | '$typeName'>,
): Envelope {
  const fields = { networkId, owner: bytes, version, ...rest, ...(rule && { rule: ruleToMessage(parseRule(rule)) }) }
  const document = encodePolicyFields(fields)
  const { identityKey } = identity.bundle
  const signature = signDigest(keccak256(policyStatement(document)), identity.keys.identityKey.secret)
  const signed = encodeSignedPolicy({
    document,
    identityKey: writeLegacyKey(identityKey),
    signature: writeSignature({ ...signature, signer: 'key' }),
  })
  return envelope(ownedTopic('policy', address), signed)
}

type Evidence =
  | ReturnType<typeof workEvidence>
  | ReturnType<typeof ticketEvidence>
  | ReturnType<typeof credentialEvidence>

type LaneFields = {
  topic: string
  holder: Uint8Array
  units: number
  expiresAt: bigint
  policyVersion?: bigint
  evidence?: Evidence[]
  renewal?: ReturnType<typeof renewal>
}

/** The holder of a lane: an Ed25519 key of one byte. */
export function makeHolder(byte: number) {
  const seed = new Uint8Array(32).fill(byte)
  return { seed, holder: ed25519PublicKey(seed) }
}

/** What to ask a lane with, and its use. */
export function laneFields(
  topic: string,
  holder: Uint8Array,
  fields: Partial<LaneFields> = {},
): LaneFields & { use: Uint8Array } {
  const request = { topic, holder, units: 1, expiresAt: BigInt(Math.floor(Date.now() / 1000) + 3600), ...fields }
  return {
    ...request,
    use: useOf({ networkId, topic, holder, units: BigInt(request.units), expiresAt: request.expiresAt }),
  }
}

/** An envelope under a lane, signed by its holder. */
export function laneEnvelope(lane: { use: Uint8Array; seed: Uint8Array }, counter: number, sent: Envelope) {
  const statement = envelopeStatement(lane.use, {
    counter,
    timestampNs: sent.timestampNs,
    digest: digestEnvelope(sent),
  })
  return { envelope: sent, use: lane.use, counter, signature: signEd25519(statement, lane.seed) }
}

/** A holder's word for another lane on its topic. */
export const renewal = (lane: { use: Uint8Array; seed: Uint8Array }, use: Uint8Array) => ({
  use: lane.use,
  signature: signEd25519(renewalStatement(use), lane.seed),
})

/** Evidence of work that reaches some bits. */
export function workEvidence(use: Uint8Array, condition: number, bits: number) {
  for (let nonce = 0n; ; nonce++) {
    if (workOf({ use, condition }, nonce) >= bits)
      return { condition, kind: { case: 'work' as const, value: { nonce } } }
  }
}

/** A back end that believes every proof but those that start with 0xff; counts what it is asked. */
export function credulous(delayMs = 0): Groth16 & { asked: number } {
  const groth16 = {
    asked: 0,
    async verify(items: Parameters<Groth16['verify']>[0]) {
      groth16.asked += items.length
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      return items.map(({ proof }) => proof[0] !== 0xff)
    },
  }
  return groth16
}

const word = (value: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (i > 27 ? (value >>> (8 * (31 - i))) & 0xff : 0))

export const root = word(77)

/** Evidence by a ticket with a given nullifier, for a {@link credulous} node; with a scope where there is no recipient. */
export const ticketEvidence = (
  condition: number,
  nullifier: number,
  fields: { tag?: number; proof?: Uint8Array; root?: Uint8Array; scope?: boolean } = {},
) => ({
  condition,
  kind: {
    case: 'ticket' as const,
    value: {
      classNumber: 1,
      root: fields.root ?? root,
      nullifier: word(nullifier),
      y: word(1),
      tag: word(fields.tag ?? 5),
      ...(fields.scope && { tagScope: word(6) }),
      asOf: BigInt(Math.floor(Date.now() / 3_600_000) * 3600),
      proof: fields.proof ?? new Uint8Array(256).fill(1),
    },
  },
})

/** Evidence by a credential with a given nullifier, for a {@link credulous} node. */
export const credentialEvidence = (
  condition: number,
  nullifier: number,
  { issuer, ...fields }: { issuer: Uint8Array; y?: number; tag?: number; proof?: Uint8Array },
) => ({
  condition,
  kind: {
    case: 'credential' as const,
    value: {
      issuer,
      nullifier: word(nullifier),
      y: word(fields.y ?? 1),
      tag: word(fields.tag ?? 5),
      asOf: BigInt(Math.floor(Date.now() / 3_600_000) * 3600),
      proof: fields.proof ?? new Uint8Array(256).fill(1),
    },
  },
})

export const tagBytes = word

/** The chain and the contracts that the checkpoints of the tests are about. */
export const followed = { chainId: 31_337, noteTree: toAddress(new Uint8Array(20).fill(2)) }

/** The same as a verifier has it. */
export const trustOf = (signers: readonly Address[]): CheckpointTrust => ({
  networkId,
  chainId: BigInt(followed.chainId),
  noteTree: followed.noteTree,
  registry: zeroAddress,
  signers,
  threshold: 1,
})

/** The first checkpoint of the local network. */
export const checkpointOf = (fields: Partial<Checkpoint> = {}): Checkpoint => ({
  networkId,
  sequence: 1n,
  previous: new Uint8Array(32),
  chainId: 31_337n,
  blockNumber: 10n,
  blockHash: word(1),
  noteTree: new Uint8Array(20).fill(2),
  registry: new Uint8Array(20),
  operations: 1n,
  logHash: word(3),
  root: forestRootOf([root]),
  roots: [forestRootOf([root])],
  trees: [root],
  classes: [
    {
      kind: 1,
      contract: new Uint8Array(20).fill(9),
      number: 1,
      price: 10_000_000_000_000_000n,
      unitsPerTicket: 4,
      laneTtl: 86_400,
      rootWindow: 600,
      epochLength: 0,
      limit: 0,
    },
  ],
  leaks: [],
  signers: [],
  threshold: 0,
  officeEndsAt: 0n,
  ...unsaidTerms,
  nodes: [],
  issuedAt: BigInt(Math.floor(Date.now() / 1000)),
  ...fields,
})

export const signer = walletOf(0xcc)

/** A checkpoint under a signer's signature, as provers serve it. */
export async function signCheckpoint(checkpoint: Checkpoint, by = signer): Promise<string> {
  const hash = `0x${Buffer.from(checkpointDigest(checkpoint)).toString('hex')}` as const
  const signature = Buffer.from((await by.sign({ hash })).slice(2), 'hex')
  return toBase64(
    encodeSignedCheckpoint({
      checkpoint: encodeCheckpoint(checkpoint),
      signatures: [{ signer: addressToBytes(by.address), signature }],
    }),
  )
}

/** A `fetch` that answers as a prover with these checkpoints. */
export function proverFetch(list: readonly string[]): typeof fetch {
  return async () => Response.json({ checkpoints: list })
}

/** A node that follows a prover with one checkpoint, and believes proofs. */
export async function makeStampNode(
  config: Partial<NodeConfig> = {},
  checkpoint: Partial<Checkpoint> = {},
  edges: NodeEdges = {},
) {
  const groth16 = credulous()
  const signed = await signCheckpoint(checkpointOf(checkpoint))
  const node = await makeNode(
    { ...followed, provers: ['http://prover.test'], signers: [signer.address], ...config },
    { ...edges, groth16: forBoth(groth16), fetch: proverFetch([signed]) },
  )
  await node.checkpoints.poll()
  return { ...node, groth16 }
}
