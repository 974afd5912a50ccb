import { type Address, checksumAddress, isAddress, toHex } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** The longest topic, in bytes (XMTP V2). */
export const maxTopicLength = 300

/** Kinds that their owner alone reads. */
const privateKinds = ['sealed', 'unattended', 'log', 'blocks'] as const

const ownedKinds = [
  'contact',
  'privatestore',
  'policy',
  'sharedlist',
  'invite',
  'intro',
  'groupInvite',
  ...privateKinds,
] as const

/** Kinds of topic that belong to one account. */
export type OwnedTopicKind = (typeof ownedKinds)[number]

/** Every kind of topic. */
export const topicKinds = [...ownedKinds, 'dm', 'message', 'userpreferences', 'leaks', 'free'] as const

/** A topic, taken apart. What is ephemeral is streamed and never stored. */
export type Topic =
  | { kind: OwnedTopicKind; owner: Address; ephemeral: false }
  | { kind: 'dm'; parties: readonly [Address, Address]; ephemeral: boolean }
  | { kind: 'message'; id: string; ephemeral: boolean }
  | { kind: 'userpreferences'; id: string; ephemeral: false }
  | { kind: 'leaks'; network: string; ephemeral: false }
  | { kind: 'free'; ephemeral: false }

const topicPattern = /^\/xmtp\/0\/([A-Za-z]+)-([\x21-\x2e\x30-\x7e]+)(\/key_bundle)?\/proto$/

/** What XMTP V2 allows in a topic. */
const freePattern = /^[\x21-\x7f]{1,300}$/

/** The start of a name that only the exact grammar may give, whatever stands before it. */
const gatedPattern = new RegExp(
  `(^|/)xmtp/(.*/)?(${[...ownedKinds, 'dm', 'm', 'userpreferences', 'leaks'].join('|')})e?(-|/|$)`,
  'is',
)

/**
 * Takes a topic apart. Gated kinds follow one exact grammar: owners carry the checksum of EIP-55, the two parties of a `dm`
 * stand in the order of their UTF-16 code units, as XMTP V2 clients write them. What only looks like one of them is refused;
 * any other topic that XMTP V2 allows is free-form.
 */
export function parseTopic(topic: string): Topic {
  if (!freePattern.test(topic)) throw new TopicMalformedError('A topic is 1 to 300 bytes of 0x21 to 0x7F.')
  const [, name = '', rest = '', suffix] = topicPattern.exec(topic) ?? []
  const parsed = (name === 'privatestore') === (suffix !== undefined) ? parseName(name, rest) : undefined
  if (parsed) return parsed
  if (looksGated(topic)) throw new TopicMalformedError('The topic does not follow the grammar of its kind.')
  return { kind: 'free', ephemeral: false }
}

/** Whether somebody who reads less strictly could take a topic for one of a gated kind. */
function looksGated(topic: string): boolean {
  for (let text = topic, before = ''; text !== before; ) {
    if (gatedPattern.test(text)) return true
    before = text
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    text = text.replaceAll('\\', '/').replace(/\/\.?(?=\/)/g, '')
  }
  return false
}

function parseName(name: string, rest: string): Topic | undefined {
  switch (name) {
    case 'm':
    case 'mE':
      return { kind: 'message', id: rest, ephemeral: name === 'mE' }
    case 'dm':
    case 'dmE':
      return parseParties(rest, name === 'dmE')
    case 'userpreferences':
      return /^[A-Za-z0-9_-]{43}$/.test(rest) ? { kind: name, id: rest, ephemeral: false } : undefined
    case 'leaks':
      return isHex32(rest) ? { kind: name, network: rest, ephemeral: false } : undefined
    default:
      return parseOwned(name, rest)
  }
}

const isHex32 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

function parseOwned(name: string, owner: string): Topic | undefined {
  const kind = ownedKinds.find((candidate) => candidate === name)
  return kind && isAddress(owner) ? { kind, owner, ephemeral: false } : undefined
}

function parseParties(rest: string, ephemeral: boolean): Topic | undefined {
  const [low = '', high = '', ...more] = rest.split('-')
  if (more.length > 0 || !isAddress(low) || !isAddress(high) || low >= high) return undefined
  return { kind: 'dm', parties: [low, high], ephemeral }
}

/** The topic of one kind that belongs to an account. */
export function ownedTopic(kind: OwnedTopicKind, owner: string): string {
  const name = `${kind}-${checksumAddress(owner)}`
  return wrap(kind === 'privatestore' ? `${name}/key_bundle` : name)
}

/** Whether a topic is read with its owner's token only. By its first letters: what breaks the grammar is nobody's. */
export const isPrivateTopic = (topic: string): boolean => privatePattern.test(topic)

const privatePattern = new RegExp(`^/xmtp/0/(${privateKinds.join('|')})-`)

/** Every topic that an account alone reads. */
export const privateTopicsOf = (owner: string): string[] => privateKinds.map((kind) => ownedTopic(kind, owner))

/** The topic of a V1 conversation between two accounts. */
export function directTopic(one: string, other: string): string {
  return wrap(`dm-${[checksumAddress(one), checksumAddress(other)].sort().join('-')}`)
}

/** The topic of a V2 conversation. */
export function messageTopic(id: string): string {
  return wrap(`m-${id}`)
}

/** The topic of an account's encrypted consent log. */
export function preferencesTopic(id: string): string {
  return wrap(`userpreferences-${id}`)
}

/** The topic on which nodes of a network (its id, 32 bytes) publish the secrets of cheaters. */
export function leaksTopic(networkId: Uint8Array): string {
  return wrap(`leaks-${toHex(networkId)}`)
}

/** The same conversation's topic whose envelopes are streamed and never stored. */
export function ephemeralTopic(topic: string): string {
  const parsed = parseTopic(topic)
  if (parsed.kind !== 'message' && parsed.kind !== 'dm') {
    throw new TopicMalformedError('Only conversations have an ephemeral topic.')
  }
  return parsed.ephemeral ? topic : topic.replace(/^\/xmtp\/0\/(d?m)-/, '/xmtp/0/$1E-')
}

function wrap(name: string): string {
  return `/xmtp/0/${name}/proto`
}

/** A topic outside the grammar. */
export class TopicMalformedError extends BaseError {
  override readonly code = 'topic.malformed'
}
