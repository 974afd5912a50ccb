import type { ClientEvent } from '@pennypost/sdk'
import { signal } from '@preact/signals'

/** Something that is done with money, and where on the page it was pressed. */
export type Act =
  | { readonly kind: 'going'; readonly at: string; readonly event: ClientEvent | undefined }
  | { readonly kind: 'done'; readonly at: string; readonly text: string }
  | { readonly kind: 'failed'; readonly at: string; readonly error: unknown }

/** What is done, until it is stopped; answers what came of it, in words. */
export type Step = (options: StepEdges) => Promise<string>

/** What ends it, and what hears of its progress. */
type StepEdges = { readonly signal: AbortSignal; readonly onProgress: (event: ClientEvent) => void }

/**
 * What one account does with money: one thing at a time, since one wallet is asked. It goes on while the person looks at something
 * else.
 */
export class Acts {
  readonly now = signal<Act | undefined>(undefined)
  #stopping = new AbortController()

  get isBusy(): boolean {
    return this.now.value?.kind === 'going'
  }

  /** Does something, unless something is being done: to press twice is to press once. */
  async run(at: string, step: Step): Promise<void> {
    if (this.now.peek()?.kind === 'going') return
    this.#stopping = new AbortController()
    const { signal } = this.#stopping
    const show = (act: Act | undefined) => {
      if (!signal.aborted) this.now.value = act
    }
    show({ kind: 'going', at, event: undefined })
    const onProgress = (event: ClientEvent) => show({ kind: 'going', at, event })
    try {
      const text = await step({ signal, onProgress })
      show({ kind: 'done', at, text })
    } catch (error) {
      show({ kind: 'failed', at, error })
    }
  }

  /** Ends waiting for it. What was sent to the chain is not taken back. */
  stop(): void {
    this.#stopping.abort()
    this.now.value = undefined
  }
}
