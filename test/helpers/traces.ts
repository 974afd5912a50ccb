/** The ways in which bytes may lie in other bytes: raw, hex in either case, and base64 of both alphabets at any offset. */
export function formsOf(secret: Uint8Array): Buffer[] {
  const raw = Buffer.from(secret)
  const hex = raw.toString('hex')
  const base64 = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), raw])
    const text = shifted.toString('base64').replace(/=+$/, '')
    const [start, end] = [Math.ceil((offset * 8) / 6), Math.floor(((offset + raw.length) * 8) / 6)]
    const inner = text.slice(start, end)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
  return [raw, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64.map((text) => Buffer.from(text))]
}

/** The names of secrets of which some form lies in a haystack. */
export function findTraces(haystacks: readonly Uint8Array[], secrets: Record<string, Uint8Array | string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = typeof secret === 'string' ? [Buffer.from(secret)] : formsOf(secret)
    const isFound = forms.some((form) => haystacks.some((haystack) => Buffer.from(haystack).includes(form)))
    return isFound ? [name] : []
  })
}

/** Every run of so many bytes in some haystacks. */
export function windowsOf(haystacks: readonly Uint8Array[], length = 16): Set<string> {
  const windows = new Set<string>()
  for (const haystack of haystacks) {
    const text = Buffer.from(haystack).toString('latin1')
    for (let i = 0; i + length <= text.length; i++) windows.add(text.slice(i, i + length))
  }
  return windows
}
