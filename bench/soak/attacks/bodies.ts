import { randomBytes } from 'node:crypto'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import type { Post } from '../http.ts'
import { newAddress } from '../wallets.ts'
import { type Attack, type Attacker, flood } from './attack.ts'

const mostBytes = 14_400_000
/** An empty envelope, ticket, query or topic: field 1, or 6 for evidence, of no length. */
const fields: readonly [path: string, field: number, list: string, bytes: number][] = [
  ['/message/v1/publish', 1, 'envelopes', mostBytes],
  ['/message/v1/query', 1, 'contentTopics', 3_900_000],
  ['/message/v1/batch-query', 1, 'requests', 3_900_000],
  ['/message/v1/subscribe', 1, 'contentTopics', 3_900_000],
  ['/v1/lanes', 6, 'evidence', 390_000],
  ['/v1/publish', 1, 'envelopes', mostBytes],
]

const emptyParts = (field: number, bytes: number): Uint8Array =>
  new Uint8Array(bytes).map((_, i) => (i % 2 === 0 ? (field << 3) | 2 : 0))

/** Bodies of millions of parts in both forms, on each path: as many bytes as it takes. */
export const emptyPartBodies: Attack = (attacker) => {
  const token = attacker.wallets[0]?.token
  const posts: Post[] = fields.flatMap(([path, field, list, bytes]) => [
    { path, token, isBinary: true, body: emptyParts(field, bytes) },
    { path, token, body: Buffer.from(`{"${list}":[${'{},'.repeat(bytes / 3 - 20)}{}]}`) },
  ])
  return flood(attacker, { atOnce: 4, restMs: 20 }, (i) => posts[i % posts.length] as Post)
}

/** Bodies as large as a publish may have, many at once, and nobody's token. */
export const largeBodiesWithoutToken: Attack = (attacker) => {
  const body = Buffer.alloc(mostBytes, ' ')
  return flood(attacker, { atOnce: 64, restMs: 100 }, () => ({ path: '/message/v1/publish', body }))
}

/** The same on paths that take no token, and with a token: what is read must be read. */
export const largeBodies: Attack = (attacker) => {
  const message = randomBytes(1_000_000).toString('base64')
  const body = Buffer.from(
    JSON.stringify({ envelopes: Array(10).fill({ contentTopic: '/xmtp/0/m-x/proto', message }) }),
  )
  const token = attacker.wallets[0]?.token
  return flood(attacker, { atOnce: 64, restMs: 100 }, (i) => ({
    path: i % 2 ? '/v1/publish' : '/message/v1/publish',
    body,
    token,
  }))
}

/** A thousand first contacts at once, all of which the recipients' rules refuse. */
export const refusedPublishes: Attack = (attacker) =>
  flood(attacker, { atOnce: 4, restMs: 20 }, refusedPublish(attacker))

function refusedPublish({ wallets }: Attacker): (i: number) => Post {
  const envelopes = Array.from({ length: 1000 }, () => ({
    contentTopic: ownedTopic('invite', newAddress()),
    timestampNs: '1700000000000000000',
    message: 'aGVsbG8=',
  }))
  const body = Buffer.from(JSON.stringify({ envelopes }))
  return (i) => ({ path: '/message/v1/publish', body, token: wallets[i % wallets.length]?.token })
}

/** Queries of as many topics as one may have. */
export const manyTopics: Attack = (attacker) => {
  const contentTopics = Array.from({ length: 10_000 }, () => `/xmtp/0/m-${randomBytes(16).toString('hex')}/proto`)
  const body = Buffer.from(JSON.stringify({ contentTopics }))
  return flood(attacker, { atOnce: 8, restMs: 20 }, () => ({ path: '/message/v1/query', body }))
}
