/** Encoded content, as it goes into a message. */
export type Content = { readonly payload: Uint8Array; readonly shouldPush: boolean }
