import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { Client } from '../../sdk/client/client.ts'
import { makeLane } from '../../sdk/client/lanes/lane.ts'
import { ThreadLane } from '../../sdk/client/lanes/thread-lane.ts'
import { createClock } from '../../sdk/client/session/clock.ts'
import { orNothing } from '../../sdk/client/session/peer.ts'
import { decodeUnattendedLetter, type Escrow, encodeBundle, encodeContact, ownedTopic } from '../../sdk/codec/index.ts'
import { networkIdOf, randomBytes } from '../../sdk/crypto/index.ts'
import {
  combineShares,
  openOnChannel,
  openShare,
  readAuthor,
  releaseTypedData,
  sealOnChannel,
  toRelease,
} from '../../sdk/escrow/index.ts'
import { createIdentity, createKeyring, createToken, type Identity } from '../../sdk/identity/index.ts'
import { openLetter, sealedKeyOf } from '../../sdk/letters/index.ts'
import { createAnonymousNode, createNamedNode } from '../../sdk/transport/index.ts'
import { openMessage } from '../../sdk/xmtp/index.ts'

/** An account that has published no keys yet, and reads what waits for it with no client: by what the wire says alone. */
export async function makeUnattended(url: string, key = generatePrivateKey(), now = () => Date.now() / 1000) {
  const account = privateKeyToAccount(key)
  const identity: Identity = await createIdentity(account, { createdMs: BigInt(Date.now()) })
  const clock = createClock(now, randomBytes)
  const anonymous = createAnonymousNode({ url })
  const named = createNamedNode({ url, token: () => createToken(identity, clock.nextNs()) })
  const networkId = networkIdOf((await anonymous.info()).network.name)
  const topic = ownedTopic('unattended', account.address)
  const nodeKey = (await anonymous.info()).nodeKey
  const context = {
    anonymous,
    clock,
    random: randomBytes,
    tell: () => undefined,
    network: { id: networkId, nodeKey, decimals: 18 },
  }

  async function waiting() {
    const { envelopes } = await named.queryPage({ contentTopics: [topic] })
    return envelopes.map(({ message }) => decodeUnattendedLetter(message))
  }
  /** The one letter's escrow, and who is asked. */
  async function onlyLetter() {
    const [letter] = await waiting()
    const escrow = letter?.escrow
    const trustee = escrow?.trustees[0]
    if (!letter || !escrow || !trustee?.lane) throw new Error('No letter waits.')
    const channel = { topic: trustee.lane.topic, key: trustee.key }
    return { letter, escrow, lane: makeLane(trustee.lane.key, trustee.lane), channel }
  }
  let writer: ThreadLane | undefined
  /** Puts bytes on the channel under the lane to claim. */
  async function put(message: Uint8Array) {
    const { lane, channel } = await onlyLetter()
    writer ??= new ThreadLane(context, { topic: channel.topic, lane })
    const put = await writer.publish({ contentTopic: channel.topic, timestampNs: clock.nextNs(), message })
    if (!put.ok) throw new Error(`${put.code}: ${put.message}`)
  }
  async function release(letters: readonly Uint8Array[], of = identity) {
    const terms = { networkId, account: account.address, letters, identityKey: of.bundle.identityKey.publicKey }
    return toRelease(terms, await account.signTypedData(releaseTypedData(terms) as never))
  }
  /** Everything on the channel but for claims, and what tests have put there that is none of its. */
  async function answers() {
    const { channel } = await onlyLetter()
    const messages: Uint8Array[] = []
    for await (const page of anonymous.query({ contentTopics: [channel.topic] }))
      messages.push(...page.envelopes.map(({ message }) => message))
    const kinds = messages.flatMap((message) => orNothing(() => openOnChannel(message, channel).kind))
    return kinds.filter((kind) => kind.case !== undefined && kind.case !== 'claim')
  }

  return {
    account,
    identity,
    waiting,
    put,
    answers,
    release,
    onlyLetter,
    /** Publishes keys, as the first login does. */
    appear: (options: Parameters<typeof Client.create>[1]) => Client.create(account, options),
    async publishKeys() {
      const message = encodeContact(identity.bundle, 'v2')
      await named.publish([
        { contentTopic: ownedTopic('contact', account.address), timestampNs: clock.nextNs(), message },
      ])
    },
    async claim(of = identity) {
      const { escrow, channel } = await onlyLetter()
      const value = { release: await release([escrow.letter], of), bundle: encodeBundle(of.bundle) }
      await put(sealOnChannel({ case: 'claim', value }, channel, randomBytes))
    },
    /** The share that was answered, once it is there; checked against the escrow. */
    async share(): Promise<Uint8Array | undefined> {
      const { escrow } = await onlyLetter()
      for (const kind of await answers()) {
        if (kind.case !== 'share') continue
        const identitySecret = identity.keys.identityKey.secret
        const share = openShare(kind.value.sealed, { letter: escrow.letter, identitySecret })
        if (share) return combineShares([{ index: kind.value.index, share }], shared(escrow))
      }
      return undefined
    },
    /** Opens the letter with its secret: who wrote, the first message and the conversation. */
    async open(secret: Uint8Array) {
      const { letter, escrow } = await onlyLetter()
      const opened = openLetter(letter.sealed, { topic, secret: sealedKeyOf(secret).secret })
      const keyring = createKeyring(identity)
      const of = { networkId, recipient: addressBytes(account.address), letter: escrow.letter, message: opened.message }
      const { conversation } = readAuthor(keyring, opened.author, of)
      const read = (message: Uint8Array) =>
        openMessage(keyring, conversation, { contentTopic: conversation.topic, message })
      return { opened, conversation, read }
    },
  }
}

const shared = ({ commitments, trustees }: Escrow) => ({ commitments, trustees: trustees.length })
const addressBytes = (address: string): Uint8Array => Uint8Array.from(Buffer.from(address.slice(2), 'hex'))
