import { orAborted } from '../../async.ts'
import { ownedTopic } from '../../codec/index.ts'
import { BaseError } from '../../errors.ts'
import type { WalletLike } from '../../identity/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import type { LaneEdges } from '../lanes/lane.ts'
import type { Session } from '../session/session.ts'
import { walletUntil } from '../session/wallet-until.ts'
import type { Inbox } from './inbox.ts'
import type { UnattendedMail, WaitingMail } from './unattended-mail.ts'

type CallOptions = { readonly signal?: AbortSignal | undefined }

/** Mail that was written to the account before it had keys. */
export type Unattended = {
  /**
   * Looks for it, asks the wallet to release it where that was not done, and the trustees for its key. Resolves when they are asked;
   * what they hand out is opened as it comes.
   *
   * @example
   * ```ts
   * await client.unattended.open() // the wallet had said no when the client was made
   * ```
   */
  open(options?: CallOptions): Promise<void>
  /**
   * What cannot be opened yet, and who is asked.
   *
   * @example
   * ```ts
   * for (const { threshold, trustees } of await client.unattended.list()) console.log(threshold, 'of', trustees.length)
   * ```
   */
  list(options?: CallOptions): Promise<WaitingMail[]>
  /** @internal Ends with the client. */
  end(): void
}

export type UnattendedOptions = {
  readonly session: Session
  readonly edges: LaneEdges
  readonly inbox: Inbox
  readonly wallet: WalletLike
}

/** Finds mail that was written to the account before it had keys. Few have any, so what opens it comes when there is some. */
export function findUnattended(options: UnattendedOptions): Unattended {
  const { session } = options
  let mail: UnattendedMail | undefined
  let reading: Promise<TaggedEnvelope[]> | undefined

  async function read(): Promise<TaggedEnvelope[]> {
    const contentTopics = [ownedTopic('unattended', session.keyring.identity.address)]
    const found: TaggedEnvelope[] = []
    const pages = session.named.query({ contentTopics }, { signal: session.signal })
    for await (const { envelopes } of pages) found.push(...envelopes)
    return found
  }

  /** Nobody writes there any more, now that the account has keys. */
  function readOnce(signal: AbortSignal | undefined): Promise<TaggedEnvelope[]> {
    reading ??= read().catch((error: unknown) => {
      reading = undefined
      throw error
    })
    return orAborted(reading, signal)
  }

  async function loaded(): Promise<UnattendedMail> {
    const { UnattendedMail: Mail } = await import('./unattended-mail.ts')
    mail ??= new Mail({ ...options, wallet: walletUntil(options.wallet, session.signal) })
    return mail
  }

  return {
    async open({ signal } = {}) {
      const found = await readOnce(signal)
      if (found.length > 0) await (await loaded()).take(found, signal)
    },
    async list({ signal } = {}) {
      const found = await readOnce(signal)
      if (found.length === 0) return []
      const waiting = await loaded()
      await session.log.sync(signal) // another client may have opened some
      waiting.note(found)
      return waiting.list()
    },
    end: () => mail?.close(),
  }
}

/** Opens what there is, and tells where that fails: nobody waits for it. */
export function openInBackground(unattended: Unattended, { tell, signal }: Pick<Session, 'tell' | 'signal'>): void {
  unattended.open({ signal }).catch((error: unknown) => {
    if (signal.aborted) return
    tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'wallet.refused' })
  })
}
