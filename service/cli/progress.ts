import type { ChainProgress, ClientEvent, Tell } from '@pennypost/sdk'

/** A terminal's line. */
type Line = { readonly isTTY?: boolean | undefined; write(text: string): unknown }

const leastMs = 250
const clear = '\r\u001b[K'

/** Shows what a client is doing in one line of a terminal, at most four times a second; elsewhere nothing. */
export function createProgress(line: Line, now: () => number = () => performance.now()) {
  let shownAt = Number.NEGATIVE_INFINITY
  let isShown = false
  const tell: Tell = (event) => {
    const text = line.isTTY ? describeEvent(event) : undefined
    if (text === undefined || now() - shownAt < leastMs) return
    shownAt = now()
    isShown = true
    line.write(`${clear}${text} …`)
  }
  return {
    tell,
    /** Makes room for what is said for good. */
    clear() {
      if (isShown) line.write(clear)
      isShown = false
    },
  }
}

const percent = (done: number, of: number): string => `${Math.min(99, Math.floor((100 * done) / Math.max(of, 1)))} %`

const proving = { 'loading-key': 'loads the proving key', witness: 'proves', proving: 'proves', done: 'has proved' }

const steps: { readonly [K in ClientEvent['kind']]: (event: Extract<ClientEvent, { kind: K }>) => string | undefined } =
  {
    identity: ({ step }) => `${step} the account's keys`,
    quoted: ({ explanation }) => explanation,
    working: ({ tried, expected }) => `works for a request, ${percent(tried, expected)}`,
    tree: ({ leaves, of }) => `reads the note tree, ${percent(leaves, of)}`,
    proving: ({ step, ticket, of }) => `${proving[step]}, stamp ${ticket} of ${of}`,
    attesting: ({ done, of }) => `waits for an issuer, ${percent(done, of)}`,
    lane: ({ step }) => `${step} a lane`,
    publishing: ({ what }) => `sends the ${what}`,
    published: ({ what }) => `sent the ${what}`,
    waiting: ({ code, seconds }) => `waits${seconds === undefined ? '' : ` about ${Math.ceil(seconds)} s`} (${code})`,
    degraded: ({ code }) => `goes on without a part (${code})`,
    purchase: ({ step }) => describeChainStep(step),
    chain: ({ step }) => describeChainStep(step),
    unattended: (event) => describeUnattended(event),
    escrow: ({ trustee }) => `${trustee} keeps its part of the key`,
    skipped: () => undefined,
  }

function describeUnattended(event: Extract<ClientEvent, { kind: 'unattended' }>): string {
  if (event.step === 'releasing') return `asks the wallet to release ${event.letters} letters from before`
  return event.step === 'asked' ? 'asks a trustee for the key of a letter' : 'opened a letter from before'
}

const describeEvent = <E extends ClientEvent>(event: E): string | undefined =>
  (steps[event.kind] as (event: E) => string | undefined)(event)

function describeChainStep(step: ChainProgress): string {
  if (step.kind === 'sent' || step.kind === 'allowing') return `waits for the chain (${step.hash})`
  return step.kind === 'mined' ? `in block ${step.block}` : 'asks the chain'
}
