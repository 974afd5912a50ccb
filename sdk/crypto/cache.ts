/** Remembers what was used last. */
export type Cache<Value> = {
  /** The value of a key, made when it is not remembered. Nothing is remembered where `make` throws or answers undefined. */
  getOrMake<Made extends Value | undefined>(key: string, make: () => Made): Value | Made
}

/** A cache that forgets the least recently used entry once it holds more than `limit`. */
export function createCache<Value>(limit: number): Cache<Value> {
  const entries = new Map<string, Value>()

  return {
    getOrMake(key, make) {
      const value = entries.get(key) ?? make()
      entries.delete(key)
      if (value !== undefined) entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value ?? '')
      return value
    },
  }
}

/** So many arguments a call takes in every engine. */
const step = 0x2000

/** Bytes as a key of a map: one character a byte, exact and cheap. */
export function cacheKey(bytes: Uint8Array): string {
  let key = ''
  for (let at = 0; at < bytes.length; at += step) {
    key += String.fromCharCode.apply(null, bytes.subarray(at, at + step) as unknown as number[])
  }
  return key
}
