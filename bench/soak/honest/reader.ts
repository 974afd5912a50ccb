import { request } from 'node:http'
import type { Route } from '../http.ts'

/** An envelope as a stream or a page carries it. */
export type Seen = { readonly contentTopic: string; readonly timestampNs: string; readonly message: string }

/** A stream that is read as it comes; resolves when it has begun. `onEnd` hears that it is over. */
export function openReader(
  { port, from }: Route,
  {
    path,
    topics,
    onSeen,
    onEnd,
  }: { path: string; topics: readonly string[]; onSeen: (seen: Seen) => void; onEnd: () => void },
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let rest = ''
    const sent = request(
      { host: '127.0.0.1', port, localAddress: from, method: 'POST', path, agent: false },
      (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`A stream was refused with ${answer.statusCode}.`))
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = (rest + chunk).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) readLine(line, onSeen)
        })
        answer.once('close', onEnd)
        resolve(() => {
          answer.off('close', onEnd)
          sent.destroy()
        })
      },
    )
    sent.once('error', reject)
    sent.end(JSON.stringify({ contentTopics: topics }))
  })
}

function readLine(line: string, onSeen: (seen: Seen) => void): void {
  if (!line.includes('"contentTopic"')) return
  onSeen(JSON.parse(line).result)
}
