type Answering<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> }

type Call = (...given: unknown[]) => Promise<unknown>

/**
 * Stands for a part of the client that many never use: its code is fetched, and it is made, with the first call. A fetch that
 * fails fails the call, and the next one tries again. Only for parts of which every member answers a promise.
 */
export function whenAsked<T extends Answering<T>>(load: () => Promise<T>): T {
  let loading: Promise<T> | undefined
  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
  const callOf =
    (name: string): Call =>
    async (...given) => {
      const part = (await loaded()) as unknown as Record<string, Call | undefined>
      const call = part[name]
      if (!call) throw new TypeError(`There is no ${name}.`)
      return call.apply(part, given)
    }
  // Neither a promise, which would be waited for, nor what others look at by symbols.
  const get = (_: object, name: string | symbol) =>
    typeof name === 'symbol' || name === 'then' ? undefined : callOf(name)
  return new Proxy({}, { get }) as T
}
