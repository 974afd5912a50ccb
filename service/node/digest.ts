import { createHash } from 'node:crypto'
import type { Envelope } from '@pennypost/sdk/codec'

/** sha256(utf8(topic) ‖ message), by OpenSSL: messages may be large. */
export function digestOf({ contentTopic, message }: Pick<Envelope, 'contentTopic' | 'message'>): Uint8Array {
  return createHash('sha256').update(contentTopic).update(message).digest()
}
