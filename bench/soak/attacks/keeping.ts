import { randomBytes } from 'node:crypto'
import type { Post } from '../http.ts'
import { newAddress } from '../wallets.ts'
import { type Attack, type Attacker, flood } from './attack.ts'

const name = (): string => randomBytes(16).toString('hex')

function publishOf(
  { wallets }: Attacker,
  i: number,
  { contentTopic, bytes }: { contentTopic: string; bytes: number },
): Post {
  const timestampNs = `${Date.now()}${String(i % 1_000_000).padStart(6, '0')}`
  const message = randomBytes(bytes).toString('base64')
  const body = JSON.stringify({ envelopes: [{ contentTopic, timestampNs, message }] })
  return { path: '/message/v1/publish', body, token: wallets[i % wallets.length]?.token }
}

/** First contacts that rules refuse, as large as they are parked. */
export const parkingFlood: Attack = (attacker) =>
  flood(attacker, { atOnce: 4, restMs: 20 }, (i) =>
    publishOf(attacker, i, { contentTopic: `/xmtp/0/invite-${newAddress()}/proto`, bytes: 8000 }),
  )

/** All that a wallet writes without evidence, on every kind of topic, until its allowances are used up and beyond. */
export const allowances: Attack = (attacker) =>
  flood(attacker, { atOnce: 4, restMs: 50 }, (i) => {
    const owner = attacker.wallets[i % attacker.wallets.length]?.address
    const kinds = [
      `groupInvite-${newAddress()}`,
      `groupInvite-${owner}`,
      `userpreferences-${name()}`,
      `contact-${owner}`,
      `m-${name()}`,
      `unattended-${newAddress()}`,
    ]
    const contentTopic = i % 7 === 6 ? `/xmtp/0/foo-${name()}/proto` : `/xmtp/0/${kinds[i % 7]}/proto`
    return publishOf(attacker, Math.floor(i / 7), { contentTopic, bytes: 100_000 })
  })
