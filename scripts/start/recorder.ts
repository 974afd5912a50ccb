/** One request as it left a client. */
export type SentRequest = { readonly url: URL; readonly headers: Headers; readonly body: Uint8Array }

/** A `fetch` that keeps everything it sends. */
export type Recorder = {
  readonly fetch: typeof globalThis.fetch
  readonly sent: SentRequest[]
  /** Keeps nothing more. */
  stop(): void
}

/** Records what a client sends, byte for byte. */
export function createRecorder(): Recorder {
  const sent: SentRequest[] = []
  let isOver = false
  return {
    sent,
    stop: () => {
      isOver = true
    },
    async fetch(input, init) {
      const request = new Request(input, init)
      if (isOver) return fetch(request)
      sent.push({
        url: new URL(request.url),
        headers: request.headers,
        body: new Uint8Array(await request.clone().arrayBuffer()),
      })
      return fetch(request)
    },
  }
}

/** How often a secret stands in some requests: raw, as hex in either case, or as base64 at any offset. */
export function countTraces(requests: readonly SentRequest[], secret: Uint8Array): number {
  const hex = Buffer.from(secret).toString('hex')
  const forms = [Buffer.from(secret).toString('latin1'), hex, hex.toUpperCase(), ...base64Forms(secret)]
  const texts = requests.map(({ url, headers, body }) =>
    [url.href, ...[...headers].flat(), Buffer.from(body).toString('latin1')].join('\n'),
  )
  return texts.filter((text) => forms.some((form) => text.includes(form) || text.toLowerCase().includes(hex))).length
}

/** The middle of the base64 of some bytes, at each of the three places they may start in a group. */
function base64Forms(secret: Uint8Array): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), secret]).toString('base64')
    const middle = text.slice(shift === 0 ? 0 : 4, -4)
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
