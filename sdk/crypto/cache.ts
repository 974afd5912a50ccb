/** Remembers what was used last. */
export type Cache<Value> = {
  /** The value of a key, made when it is not remembered. What `make` throws is not remembered. */
  getOrMake(key: string, make: () => Value): Value
}

/** A cache that forgets the least recently used entry once it holds more than `limit`. */
export function createCache<Value>(limit: number): Cache<Value> {
  const entries = new Map<string, Value>()

  return {
    getOrMake(key, make) {
      const known = entries.has(key)
      const value = known ? (entries.get(key) as Value) : make()
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value ?? '')
      return value
    },
  }
}

/** Bytes as a key of a map: one character a byte, exact and cheap. */
export function cacheKey(bytes: Uint8Array): string {
  let key = ''
  for (const byte of bytes) key += String.fromCharCode(byte)
  return key
}
