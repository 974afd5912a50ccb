import type { Ciphertext } from '../crypto/index.ts'
import {
  PrivatePreferencesActionSchema,
  PrivatePreferencesPayloadSchema,
} from '../generated/proto/xmtp/message_contents/v1/preferences_pb.ts'
import { readCiphertext, writeCiphertext } from './ciphertext.ts'
import { decodeProto, encodeProto, required } from './protobuf.ts'

/** What consent is about: an account, or a group or inbox of later XMTP versions. */
export type ConsentSubject = 'address' | 'group' | 'inbox'

/** One entry of the consent log: these are allowed or denied from now on. */
export type ConsentAction = { state: 'allowed' | 'denied'; subject: ConsentSubject; values: readonly string[] }

/** Encodes one entry. */
export function encodeConsentAction({ state, subject, values }: ConsentAction): Uint8Array {
  return encodeProto(PrivatePreferencesActionSchema, {
    messageType: writeAction(state === 'allowed', subject, [...values]),
  })
}

function writeAction(isAllowed: boolean, subject: ConsentSubject, values: string[]) {
  switch (subject) {
    case 'address':
      return { case: isAllowed ? 'allowAddress' : 'denyAddress', value: { walletAddresses: values } } as const
    case 'group':
      return { case: isAllowed ? 'allowGroup' : 'denyGroup', value: { groupIds: values } } as const
    case 'inbox':
      return { case: isAllowed ? 'allowInboxId' : 'denyInboxId', value: { inboxIds: values } } as const
  }
}

/** Decodes one entry. */
export function decodeConsentAction(bytes: Uint8Array): ConsentAction {
  const { messageType: action } = decodeProto(PrivatePreferencesActionSchema, bytes)
  const name = required(action.case, 'a consent action')
  const state = name.startsWith('allow') ? 'allowed' : 'denied'
  switch (action.value?.$typeName) {
    case 'xmtp.message_contents.v1.PrivatePreferencesAction.Groups':
      return { state, subject: 'group', values: action.value.groupIds }
    case 'xmtp.message_contents.v1.PrivatePreferencesAction.Inboxes':
      return { state, subject: 'inbox', values: action.value.inboxIds }
    default:
      return { state, subject: 'address', values: action.value?.walletAddresses ?? [] }
  }
}

/** Encodes what lies on the preferences topic. */
export function encodePreferences(ciphertext: Ciphertext): Uint8Array {
  return encodeProto(PrivatePreferencesPayloadSchema, { version: { case: 'v1', value: writeCiphertext(ciphertext) } })
}

/** Decodes what lies on the preferences topic. */
export function decodePreferences(bytes: Uint8Array): Ciphertext {
  return readCiphertext(decodeProto(PrivatePreferencesPayloadSchema, bytes).version.value)
}
