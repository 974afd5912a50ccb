import {
  conversationLane,
  expiryOf,
  type LaneEdges,
  LaneWriter,
  makeLane,
  makeRenewal,
  openLane,
  publishSigned,
} from '../../sdk/client/lanes/lane.ts'
import { readPolicy } from '../../sdk/client/session/peer.ts'
import {
  type Deposit,
  decodeDeposit,
  type EscrowMessage,
  type EscrowMessageInit,
  encodeBundle,
  encodeDeposit,
  type Letter,
  ownedTopic,
} from '../../sdk/codec/index.ts'
import { type Address, addressToBytes, ed25519PublicKey, networkIdOf, randomBytes } from '../../sdk/crypto/index.ts'
import {
  type Channel,
  ChannelRefusedError,
  dealSecret,
  openOnChannel,
  releaseTypedData,
  sealOnChannel,
  secretOf,
  signChange,
  toRelease,
} from '../../sdk/escrow/index.ts'
import type { Keyring } from '../../sdk/identity/index.ts'
import { sealLetter } from '../../sdk/letters/index.ts'
import { createAnonymousNode } from '../../sdk/transport/index.ts'
import { walletOf } from './accounts.ts'

export const networkId = networkIdOf('pennypost-local')
const now = () => Math.floor(Date.now() / 1000)
let time = BigInt(Date.now()) * 1_000_000n

/** One who deposits, by the SDK's primitives alone, at a node whose floor is `everyone`. */
export async function createDepositor(url: string) {
  const anonymous = createAnonymousNode({ url })
  const { nodeKey } = await anonymous.info()
  const edges: LaneEdges = { anonymous, network: { id: networkId, nodeKey } }

  async function publish(writer: LaneWriter, contentTopic: string, message: Uint8Array) {
    const sent = await publishSigned(edges, writer.sign({ contentTopic, timestampNs: ++time, message }))
    if (!sent.ok) throw new Error(`${sent.code}: ${sent.message}`)
    return sent.sequence
  }

  /** A channel with three lanes: for the depositor, the trustee and who claims. */
  async function openChannel() {
    const topic = `/xmtp/0/m-${Buffer.from(randomBytes(16)).toString('hex')}/proto`
    const fields = { topic, units: conversationLane.units, expiresAt: expiryOf(now(), conversationLane.ttl) }
    const own = makeLane(randomBytes(32), fields)
    const others = [1, 2].map(() => makeRenewal(edges, { renews: own, random: randomBytes, ...fields }))
    await must(openLane(edges, own, {}))
    for (const lane of others) await must(openLane(edges, lane, { renews: own }))
    const [trustee, claim] = others as [typeof own, typeof own]
    const channel = { topic, key: randomBytes(32) }
    let writer = new LaneWriter(edges, claim)
    return {
      ...channel,
      trustee,
      /** Under the lane to claim with, and under those that renew it. */
      async say(said: EscrowMessageInit | Uint8Array) {
        const message = said instanceof Uint8Array ? said : sealOnChannel(said, channel, randomBytes)
        if (!writer.hasRoom({ message }, now())) {
          const renewal = makeRenewal(edges, { renews: writer.lane, random: randomBytes, ...fields })
          await must(openLane(edges, renewal, { renews: writer.lane }))
          writer = new LaneWriter(edges, renewal)
        }
        return publish(writer, topic, message)
      },
      /** All that lies there and can be read. */
      async read(): Promise<EscrowMessage['kind'][]> {
        const found: EscrowMessage['kind'][] = []
        for await (const page of anonymous.query({ contentTopics: [topic] }))
          found.push(...page.envelopes.flatMap(({ message }) => kindsOf(message, channel)))
        return found
      },
    }
  }

  /** Lets a letter in by the work that a local network asks, as a request. */
  async function sendLetter(to: Address, letter: Partial<Letter>) {
    const topic = ownedTopic('sealed', to)
    const policy = await readPolicy({ anonymous, networkId }, to)
    if (!policy.sealedKey) throw new Error('The trustee has no key for letters.')
    const message = sealLetter(letter as Letter, { topic, ...policy.sealedKey }, randomBytes)
    const lane = makeLane(randomBytes(32), {
      topic,
      units: Math.ceil(message.length / 4096),
      expiresAt: expiryOf(now(), 3600),
    })
    await must(openLane(edges, lane, { evidence: [], policyVersion: policy.version }))
    return publish(new LaneWriter(edges, lane), topic, message)
  }

  /** A deposit for an account, with its channel; `changes` are what a test does otherwise. */
  async function make(recipient: Address, changes: Partial<Deposit> = {}) {
    const channel = await openChannel()
    const { topic, key, units, expiresAt } = channel.trustee
    const depositor = randomBytes(32)
    const dealt = dealSecret(secretOf(randomBytes(32)), { threshold: 2, trustees: 3, random: randomBytes })
    const fields = {
      letter: randomBytes(32),
      recipient: addressToBytes(recipient),
      index: 1,
      trustees: 3,
      commitments: [...dealt.commitments],
      share: dealt.shares[0] as Uint8Array,
      lane: { topic, key, units, expiresAt },
      key: channel.key,
      depositor: ed25519PublicKey(depositor),
      expiresAt: BigInt(now() + 30 * 86_400),
    }
    const deposit = decodeDeposit(encodeDeposit({ ...fields, ...changes } as Parameters<typeof encodeDeposit>[0]))
    return {
      deposit,
      channel,
      change: (expiresAt: bigint, version: number, by = depositor): EscrowMessageInit => ({
        case: 'change',
        value: {
          expiresAt,
          version,
          signature: signChange(networkId, { letter: deposit.letter, expiresAt, version }, by),
        },
      }),
    }
  }

  return {
    anonymous,
    make,
    sendLetter,
    send: (to: Address, deposit: Deposit) => sendLetter(to, { deposit: encodeDeposit(deposit) }),
  }
}

export type MadeDeposit = Awaited<ReturnType<Awaited<ReturnType<typeof createDepositor>>['make']>>

/** What a message says; nothing where it is garbage that a test has put there. */
function kindsOf(message: Uint8Array, channel: Channel): EscrowMessage['kind'][] {
  try {
    return [openOnChannel(message, channel).kind]
  } catch (error) {
    if (error instanceof ChannelRefusedError) return []
    throw error
  }
}

async function must<T extends { ok: boolean }>(answer: Promise<T>): Promise<T> {
  const given = await answer
  if (!given.ok) throw new Error(JSON.stringify(given))
  return given
}

/** What an account asks a trustee with, signed by the wallet whose key repeats one byte. */
export async function claimOf(
  byte: number,
  letters: readonly Uint8Array[],
  keyring: Pick<Keyring, 'identity'>,
): Promise<EscrowMessageInit> {
  const wallet = walletOf(byte)
  const { bundle } = keyring.identity
  const terms = { networkId, account: wallet.address, letters, identityKey: bundle.identityKey.publicKey }
  const release = toRelease(terms, await wallet.signTypedData(releaseTypedData(terms)))
  return { case: 'claim', value: { release, bundle: encodeBundle(bundle) } }
}
