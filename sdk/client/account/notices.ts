import { type Address, checksumAddress } from '../../crypto/index.ts'
import type { NoticeSent, NoticeState } from '../../payments/index.ts'
import { requireChain } from '../session/chain.ts'
import { type StepOptions, type Tell, tellBoth } from '../session/events.ts'
import type { ChainOptions } from '../session/options.ts'

export type NoticesOptions = { readonly chain: ChainOptions | undefined; readonly tell: Tell }

/** Notices on the chain, for addresses that have never used the network: that encrypted mail waits, and not a word more. */
export class Notices {
  readonly #options: NoticesOptions

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  /**
   * Tells an address that mail waits for it. Costs postage; `maxPrice` in the token's smallest unit bounds it.
   *
   * @example
   * ```ts
   * const { hash } = await client.notices.send(recipient, { maxPrice: 5n * 10n ** 18n })
   * console.log('told by', hash)
   * ```
   */
  async send(
    address: string,
    { maxPrice, signal, onProgress }: StepOptions & { readonly maxPrice?: bigint } = {},
  ): Promise<NoticeSent> {
    const { chain, contract: notice } = requireChain(this.#options.chain, 'notice')
    const recipient: Address = checksumAddress(address)
    const { notify } = await import('../../payments/index.ts') // viem is for those who notify
    return notify({
      wallet: chain.walletClient,
      public: chain.publicClient,
      token: chain.token,
      notice,
      recipient,
      maxPrice,
      signal,
      onProgress: (step) => tellBoth(this.#options, { onProgress }, { kind: 'chain', act: 'notify', step }),
    })
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
  async of(address: string): Promise<NoticeState> {
    const { chain, contract: notice } = requireChain(this.#options.chain, 'notice')
    const { noticeOf } = await import('../../payments/index.ts')
    return noticeOf({ public: chain.publicClient, notice, recipient: checksumAddress(address) })
  }
}
