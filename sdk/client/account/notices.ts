import { orAborted } from '../../async.ts'
import { type Address, checksumAddress } from '../../crypto/index.ts'
import type { NoticeSent, NoticeState } from '../../payments/index.ts'
import { actOptions, type ChainSource, requireChain } from '../session/chain.ts'
import type { StepOptions, Tell } from '../session/events.ts'
import type { SafeStorage } from '../session/storage.ts'

export type NoticesOptions = {
  readonly chain: ChainSource | undefined
  readonly storage: SafeStorage
  readonly tell: Tell
}

/** Notices on the chain, for addresses that have never used the network: that encrypted mail waits, and not a word more. */
export class Notices {
  readonly #options: NoticesOptions

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  /**
   * Tells an address that mail waits for it. Costs postage; `maxPrice` in the token's smallest unit bounds it. A notice whose
   * outcome nobody has heard is continued; after its answer the same call sends another.
   *
   * @example
   * ```ts
   * const { hash } = await client.notices.send(recipient, { maxPrice: 5n * 10n ** 18n })
   * console.log('told by', hash)
   * ```
   */
  async send(
    address: string,
    { maxPrice, ...step }: StepOptions & { readonly maxPrice?: bigint } = {},
  ): Promise<NoticeSent> {
    const { chain, contract: notice } = await requireChain(this.#options.chain, 'notice')
    const recipient: Address = checksumAddress(address)
    const { notify } = await import('../../payments/index.ts') // viem is for those who notify
    return notify({ ...actOptions({ ...this.#options, chain }, 'notify', step), notice, recipient, maxPrice })
  }

  /**
   * What an address was told, with the picture that its wallet shows.
   *
   * @example
   * ```ts
   * const notice = await client.notices.of(recipient)
   * console.log(notice.count, notice.metadata?.image)
   * ```
   */
  async of(address: string, { signal }: Pick<StepOptions, 'signal'> = {}): Promise<NoticeState> {
    const { chain, contract: notice } = await requireChain(this.#options.chain, 'notice')
    const { noticeOf } = await import('../../payments/index.ts')
    return orAborted(noticeOf({ public: chain.publicClient, notice, recipient: checksumAddress(address) }), signal)
  }
}
