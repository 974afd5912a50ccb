import { decodeConnectionHeld, encodeConnectionHeld } from '../../codec/index.ts'
import { type ContentCodec, contentTypeId } from '../../content/index.ts'

/** `pennypost.org/connection:1.0`: a connection with the key of its holder, for the eyes of clients only. */
export const connectionType = contentTypeId({
  authorityId: 'pennypost.org',
  typeId: 'connection',
  versionMajor: 1,
  versionMinor: 0,
})

/** An encoded connection with the Ed25519 seed of its holder. */
export type ConnectionContent = { readonly connection: Uint8Array; readonly key: Uint8Array }

/** Carries a connection inside a conversation. Clients keep it and show nothing. */
export const connectionCodec: ContentCodec<ConnectionContent> = {
  contentType: connectionType,
  encode: ({ connection, key }) => ({
    type: connectionType,
    parameters: {},
    content: encodeConnectionHeld({ connection, key }),
  }),
  decode({ content }) {
    const { connection, key } = decodeConnectionHeld(content)
    return { connection, key }
  },
  fallback: () => undefined,
  shouldPush: () => false,
}
