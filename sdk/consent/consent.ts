import { type ConsentAction, type ConsentSubject, type Envelope, ProtobufMalformedError } from '../codec/index.ts'
import { type Address, AeadRefusedError, checksumAddress, faultOfAddress, isAddress } from '../crypto/index.ts'
import { openConsentAction, type PreferencesKeys } from './preferences.ts'

/** What an account has said about another. */
export type ConsentState = 'allowed' | 'denied' | 'unknown'

/** The account's word on addresses, groups and inboxes; the last entry wins. */
export type ConsentList = ReadonlyMap<string, Exclude<ConsentState, 'unknown'>>

/** A consent list with nothing in it. */
export const emptyConsent: ConsentList = new Map()

/** The list after some more entries, given in the order of the log. */
export function replayConsent(list: ConsentList, actions: Iterable<ConsentAction>): ConsentList {
  const next = new Map(list)
  for (const { state, subject, values } of actions) {
    for (const value of values) next.set(consentKey(subject, value), state)
  }
  return next
}

/** What the list says about an account, in whatever case its address is written. */
export function consentOf(list: ConsentList, value: string, subject: ConsentSubject = 'address'): ConsentState {
  return list.get(consentKey(subject, value)) ?? 'unknown'
}

/** The accounts of which the list says so. */
export const addressesThat = (state: Exclude<ConsentState, 'unknown'>, list: ConsentList): Address[] =>
  [...list].flatMap(([key, said]) => {
    const address = key.slice(key.indexOf('-') + 1)
    return said === state && key.startsWith('address-') && isAddress(address) ? [address] : []
  })

/** The entries of a preferences topic that are the account's own, in the order given; others are left out. */
export function openConsentLog(envelopes: Iterable<Pick<Envelope, 'message'>>, keys: PreferencesKeys): ConsentAction[] {
  return Array.from(envelopes, ({ message }) => openOwn(message, keys)).filter((action) => action !== undefined)
}

function openOwn(message: Uint8Array, keys: PreferencesKeys): ConsentAction | undefined {
  try {
    return openConsentAction(message, keys)
  } catch (cause) {
    if (cause instanceof AeadRefusedError || cause instanceof ProtobufMalformedError) return undefined
    throw cause
  }
}

function consentKey(subject: ConsentSubject, value: string): string {
  const isAddress = subject === 'address' && faultOfAddress(value) === undefined
  return `${subject}-${isAddress ? checksumAddress(value) : value}`
}
