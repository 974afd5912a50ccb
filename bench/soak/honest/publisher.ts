import { randomBytes } from 'node:crypto'
import { type Envelope, envelopeToJson } from '../../../sdk/codec/index.ts'
import type { Answer, Poster } from '../http.ts'
import type { SoakWallet } from '../wallets.ts'

/** Publishes on a topic of its own. */
export type Publisher = {
  readonly topic: string
  /** What must be done before, and takes no part in how long publishing takes. */
  prepare(): Promise<void>
  publish(envelope: Envelope): Promise<Answer>
}

export const newTopic = (): string => `/xmtp/0/m-${randomBytes(16).toString('hex')}/proto`

const dailyUnits = 256

/** Wallets with their tokens, as stock clients publish; the next one goes on where the allowance of one is used up. */
export function createWalletPublisher(post: Poster, wallets: readonly SoakWallet[]): Publisher {
  let count = 0
  return {
    topic: newTopic(),
    prepare: async () => undefined,
    publish(envelope) {
      const token = wallets[Math.floor(count++ / dailyUnits)]?.token
      return post({
        path: '/message/v1/publish',
        body: JSON.stringify({ envelopes: [envelopeToJson(envelope)] }),
        token,
      })
    },
  }
}
