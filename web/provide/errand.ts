import type { Client, ClientEvent, OpenedWalletLane, Storage } from '@pennypost/sdk'
import { type ReadonlySignal, signal } from '@preact/signals'
import { buyLacking } from '../money/buy-lacking.ts'
import type { Way } from '../money/find-ways.ts'
import { type Begun, readBegun, writeBegun } from './begun.ts'
import { type Asked, lookUp } from './look-up.ts'
import type { Link } from './read-link.ts'

/** How far it is. */
export type Stage =
  | { readonly kind: 'looking' }
  | { readonly kind: 'choosing'; readonly asked: Asked; readonly trouble?: unknown }
  | { readonly kind: 'doing'; readonly asked: Asked; readonly way?: Way; readonly event?: ClientEvent }
  | { readonly kind: 'done'; readonly opened: OpenedWalletLane }
  | { readonly kind: 'failed'; readonly error: unknown }

type Options = { readonly client: Client; readonly storage: Storage; readonly link: Link }

/** What is being done, and what ends it. */
type Doing = { readonly asked: Asked; readonly way?: Way; readonly signal: AbortSignal }

/** Stamps that were paid for are looked for so often, until a checkpoint names them. */
const looks = 20
const lookMs = 1_500

/** Letting in what waits for one link. What was pressed is written down first, and gone on with when the page is loaded again. */
export class Errand {
  readonly #options: Options
  readonly #stage = signal<Stage>({ kind: 'looking' })
  #stopping = new AbortController()

  constructor(options: Options) {
    this.#options = options
  }

  get stage(): ReadonlySignal<Stage> {
    return this.#stage
  }

  /** Looks up what is asked, and goes on with what was begun before the page was loaded. */
  look(): Promise<void> {
    return this.#attempt(async (signal) => {
      const { client, storage, link } = this.#options
      this.#stage.value = { kind: 'looking' }
      const [asked, begun] = await Promise.all([lookUp(client, link), readBegun(storage, link)])
      if (asked.isOpen) return this.#finish({ asked, signal })
      return begun ? this.#goOn({ asked, signal }, begun) : { kind: 'choosing', asked }
    })
  }

  /** Meets what is asked in one way; stamps that are lacking are bought for the cost that the way names. */
  take(asked: Asked, way: Way): Promise<void> {
    const begun = { way: way.name, count: way.toBuy, maxPrice: way.cost }
    return this.#attempt((signal) => this.#go({ asked, way, signal }, begun))
  }

  /** Has a fact attested, and looks again. */
  obtain(asked: Asked, condition: string): Promise<void> {
    return this.#attempt(async (signal) => {
      const { client, link } = this.#options
      await client.facts.obtain(condition, this.#watch({ asked, signal }))
      return { kind: 'choosing', asked: await lookUp(client, link) }
    })
  }

  /** Ends what goes on. What was sent to the chain is not taken back, and not sent again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#note(undefined)
    await this.look()
  }

  /** Runs what may fail or be stopped; what failed is shown beside the ways as they are then, and not begun without a press. */
  async #attempt(step: (signal: AbortSignal) => Promise<Stage>): Promise<void> {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    const { signal } = this.#stopping
    const next = await step(signal).catch((error: unknown) => this.#chooseAgain(error, signal))
    if (!signal.aborted) this.#stage.value = next
  }

  async #chooseAgain(trouble: unknown, signal: AbortSignal): Promise<Stage> {
    const { client, link } = this.#options
    try {
      if (!signal.aborted) await this.#note(undefined)
      return { kind: 'choosing', asked: await lookUp(client, link), trouble }
    } catch {
      return { kind: 'failed', error: trouble }
    }
  }

  async #go({ asked, way, signal }: Doing & { readonly way: Way }, begun: Begun): Promise<Stage> {
    const { client, link } = this.#options
    await this.#note(begun)
    if (begun.count > 0) await this.#buy({ asked, way, signal }, begun)
    const payment = way.toPay !== undefined
    const opened = await client.openWalletLane(link, {
      quote: way.quote,
      payment,
      ...this.#watch({ asked, way, signal }),
    })
    if (!opened.ok) return this.#chooseAgain(opened, signal)
    await this.#note(undefined)
    return { kind: 'done', opened }
  }

  /** Once the chain has the stamps, a page that is loaded again must not buy: the client finds them by itself. */
  async #buy(doing: Doing & { readonly way: Way }, begun: Begun): Promise<void> {
    const { signal, onProgress } = this.#watch(doing)
    const noted: Promise<void>[] = []
    const way = { quote: doing.way.quote, cost: begun.maxPrice }
    await buyLacking(this.#options.client, way, {
      signal,
      onProgress: (event) => {
        onProgress(event)
        if (event.kind === 'purchase' && event.step.kind === 'mined') noted.push(this.#note({ ...begun, count: 0 }))
      },
    })
    await Promise.all(noted)
  }

  /** What was pressed before the page was loaded again. */
  async #goOn({ asked, signal }: Doing, begun: Begun): Promise<Stage> {
    const { client, link } = this.#options
    const wayIn = ({ ways }: Asked) => ways.find(({ name }) => name === begun.way)
    let way = wayIn(asked)
    for (let look = 0; way && way.toBuy > 0 && begun.count === 0 && look < looks; look++) {
      this.#stage.value = { kind: 'doing', asked, way, event: { kind: 'waiting', code: 'stamps.not-there' } }
      await new Promise((resolve) => setTimeout(resolve, lookMs))
      signal.throwIfAborted()
      way = wayIn(await lookUp(client, link))
    }
    if (!way) return { kind: 'choosing', asked }
    return this.#go({ asked, way, signal }, way.toBuy > 0 ? begun : { ...begun, count: 0 })
  }

  /** The lane is open by what was done before; the client remembers what the node has said. */
  async #finish({ asked, signal }: Doing): Promise<Stage> {
    const { client, link } = this.#options
    await this.#note(undefined)
    const opened = await client.openWalletLane(link, { signal })
    return opened.ok ? { kind: 'done', opened } : { kind: 'choosing', asked, trouble: opened }
  }

  #watch({ asked, way, signal }: Doing) {
    const show = (event?: ClientEvent) => {
      if (!signal.aborted) this.#stage.value = { kind: 'doing', asked, ...(way && { way }), ...(event && { event }) }
    }
    show()
    return { signal, onProgress: (event: ClientEvent) => show(event) }
  }

  #note(begun: Begun | undefined): Promise<void> {
    return writeBegun(this.#options.storage, this.#options.link, begun)
  }
}
