import type { ClientOptions, Storage } from '@pennypost/sdk'

/** Which of the account's devices this one is: `index` counts from 0. */
export type Device = NonNullable<ClientOptions['device']>

const key = 'device'

/** What the person has said of this device; undefined where nothing, and then no stake is used on it. */
export async function readDevice(storage: Storage): Promise<Device | undefined> {
  const [index = 0, count = 0] = (await storage.get(key).catch(() => undefined)) ?? []
  return index < count ? { index, count } : undefined
}

/** Writes it down; of at most 255 devices. */
export const writeDevice = (storage: Storage, { index, count }: Device): Promise<void> =>
  storage.set(key, Uint8Array.of(index, count))
