import type { Address } from '../../crypto/index.ts'
import type { ProvingStep } from '../../evidence/index.ts'
import type { ChainProgress } from '../../payments/index.ts'
import { tellSafely } from '../../tell.ts'

/** How a message travels: `sealed`, the node does not learn who writes; `visible`, it does, as with stock clients. */
export type Path = 'sealed' | 'visible'

/** What a lane is for. */
export type LanePurpose = 'first-contact' | 'conversation' | 'reply' | 'wallet'

/** What a client does on the chain. */
export type ChainAct = 'stake' | 'pay' | 'settle' | 'refund' | 'notify'

/** What a client is doing, step by step. */
export type ClientEvent =
  | { readonly kind: 'identity'; readonly step: 'restoring' | 'restored' | 'creating' | 'created' }
  | { readonly kind: 'quoted'; readonly path: Path; readonly price: bigint; readonly explanation: string }
  /** At most four times a second; `secondsLeft` are what is left on average. */
  | { readonly kind: 'working'; readonly tried: number; readonly expected: number; readonly secondsLeft: number }
  | { readonly kind: 'tree'; readonly leaves: number; readonly of: number }
  | { readonly kind: 'proving'; readonly step: ProvingStep; readonly ticket: number; readonly of: number }
  /** An issuer looks at the chain. */
  | { readonly kind: 'attesting'; readonly done: number; readonly of: number }
  | { readonly kind: 'lane'; readonly step: 'opening' | 'opened'; readonly purpose: LanePurpose }
  | { readonly kind: 'publishing' | 'published'; readonly what: 'letter' | 'message' | 'invitation' }
  /** Something is not there yet; the client tries again, with nothing changed. */
  | {
      readonly kind: 'waiting'
      readonly code: string /** On average, where it is a random while. */
      readonly seconds?: number
    }
  /** A part is down; what does not need it goes on. */
  | { readonly kind: 'degraded'; readonly code: string /** How far this clock is ahead. */; readonly minutes?: number }
  | { readonly kind: 'purchase'; readonly step: ChainProgress }
  | { readonly kind: 'chain'; readonly act: ChainAct; readonly step: ChainProgress }
  /** Mail that was written before the account had keys: the wallet is asked once for all of it, then trustees are. */
  | { readonly kind: 'unattended'; readonly step: 'releasing'; readonly letters: number }
  | { readonly kind: 'unattended'; readonly step: 'asked' | 'opened'; readonly letter: Uint8Array }
  /** A trustee, of so many, has signed that it keeps its part of a letter's key. */
  | { readonly kind: 'escrow'; readonly step: 'held'; readonly trustee: Address; readonly of: number }
  /** Something that lies on a topic of the account and is not valid. */
  | { readonly kind: 'skipped'; readonly what: 'letter' | 'invitation' | 'message' | 'evidence'; readonly code: string }

/** Is told of each step. */
export type Tell = (event: ClientEvent) => void

/** What can be said about anything that takes a while. */
export type StepOptions = { readonly signal?: AbortSignal | undefined; readonly onProgress?: Tell | undefined }

/** Tells those who watch the client, and those who watch this step. What they throw is their own. */
export function tellBoth(
  { tell }: { readonly tell: Tell },
  { onProgress }: Pick<StepOptions, 'onProgress'>,
  event: ClientEvent,
): void {
  tellSafely(tell, event)
  tellSafely(onProgress, event)
}
