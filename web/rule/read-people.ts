import type { Client } from '@pennypost/sdk'
import type { Entry } from '../inbox/inbox.ts'

/** Who may write without meeting the rule, and who may not whatever they meet. */
export type People = {
  /** Let write anew for free, each until a moment in unix seconds. */
  readonly connected: readonly { readonly address: string; readonly expiresAt: number }[]
  /** Allowed, and no request any more: they meet the rule to write anew. */
  readonly allowed: readonly string[]
  readonly blocked: readonly string[]
}

/** Reads what the account has said about others, at any of its clients. */
export async function readPeople(client: Pick<Client, 'connections' | 'consents'>): Promise<People> {
  const [connected, { allowed, denied: blocked }] = await Promise.all([client.connections.list(), client.consents()])
  return { connected, allowed, blocked }
}

/** One entry for each account that is talked with, which may go on in those conversations. */
export function talkedWith(entries: readonly Entry[] = []): readonly Entry[] {
  const byPeer = new Map(
    entries.filter(({ isRequest }) => !isRequest).map((one) => [one.conversation.peerAddress, one]),
  )
  return [...byPeer.values()]
}

/** Those who are allowed and not talked with: their first letter is no request. */
export const onlyAllowed = ({ allowed }: People, talked: readonly Entry[]): readonly string[] =>
  allowed.filter((address) => !talked.some(({ conversation }) => conversation.peerAddress === address))
