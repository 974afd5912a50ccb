import { orAborted } from '../../async.ts'
import { type Address, checksumAddress } from '../../crypto/index.ts'
import { mailLink } from '../../mail-link.ts'
import type { ActOptions, LinkTransferred, NoticeSent, NoticeState } from '../../payments/index.ts'
import type { NoticeQuote, Notifier, TokenNotice, TransferNotice } from '../postage/notice.ts'
import { actOptions, type ChainSource, requireAnyChain, requireChain } from '../session/chain.ts'
import type { StepOptions, Tell } from '../session/events.ts'
import type { SafeStorage } from '../session/storage.ts'

export type NoticesOptions = {
  readonly chain: ChainSource | undefined
  readonly storage: SafeStorage
  readonly tell: Tell
  /** Where links lead. */
  readonly page: string
}

type Token = Omit<TokenNotice, 'by'> & { readonly by?: 'token' | undefined }
type Asked = StepOptions & (Token | TransferNotice)
type Told<A extends Asked> = A extends { readonly by: 'transfer' } ? LinkTransferred : NoticeSent

/** Notices, for addresses that have never used the network: that encrypted mail waits, and not a word more. */
export class Notices implements Notifier {
  readonly #options: NoticesOptions

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  /**
   * Tells an address that mail waits for it. By its token, which costs postage, bounded by `maxPrice` in the token's smallest unit;
   * or `by: 'transfer'` of one wei with a link in its data, bounded by `maxCost` in wei. A notice whose outcome nobody has heard is
   * continued; after its answer the same call sends another.
   *
   * @example
   * ```ts
   * const { hash } = await client.notices.send(recipient, { by: 'transfer', maxCost: 10n ** 15n })
   * console.log('told by', hash)
   * ```
   */
  async send<A extends Asked = Token>(address: string, options?: A): Promise<Told<A>> {
    const asked: Asked = options ?? {}
    const { notify, transferLink } = await import('../../payments/index.ts') // viem is for those who notify
    const told =
      asked.by === 'transfer'
        ? await transferLink(await this.#transferTo(address, asked))
        : await notify(await this.#tokenFor(address, asked))
    return told as Told<A>
  }

  /**
   * What it would cost at most: in the token's smallest unit, for a transfer in wei and with its gas. Throws what `send` would, of an
   * address that wants no notices, say; pays nothing.
   *
   * @example
   * ```ts
   * const { cost } = await client.notices.quote(recipient, { by: 'transfer' })
   * console.log(cost, 'wei at most')
   * ```
   */
  async quote(address: string, options: Asked = {}): Promise<NoticeQuote> {
    const { quoteLink, quoteNotice } = await import('../../payments/index.ts')
    if (options.by !== 'transfer')
      return { by: 'token', cost: await quoteNotice(await this.#tokenFor(address, options)) }
    return { by: 'transfer', cost: await quoteLink(await this.#transferTo(address, options)) }
  }

  /**
   * The link that tells an address of mail, to be handed over by other means. It says for whom the mail is and nothing else, and leads
   * to `network.mailPage`, else to the page of the own node: then it says which that is.
   *
   * @example
   * ```ts
   * console.log('your mail:', await client.notices.link(recipient))
   * ```
   */
  async link(address: string): Promise<string> {
    return mailLink({ page: this.#options.page, account: address })
  }

  /**
   * What an address was told, with the picture that its wallet shows. Of transfers the contract knows nothing.
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

  async #tokenFor(address: string, { maxPrice, ...asked }: StepOptions & Token) {
    const { chain, contract: notice } = await requireChain(this.#options.chain, 'notice')
    const { token } = chain
    return { ...this.#act(chain, asked), token, notice, recipient: checksumAddress(address), maxPrice }
  }

  async #transferTo(address: string, { maxCost, value, ...asked }: StepOptions & TransferNotice) {
    const chain = await requireAnyChain(this.#options.chain)
    const recipient: Address = checksumAddress(address)
    const { page } = this.#options
    return { ...this.#act(chain, asked), notice: chain.notice, recipient, page, maxCost, value }
  }

  #act(chain: Parameters<typeof actOptions>[0]['chain'], asked: StepOptions & Pick<Token, 'walletClient'>): ActOptions {
    const { walletClient = chain.walletClient, ...step } = asked
    return actOptions({ ...this.#options, chain: { ...chain, walletClient } }, 'notify', step)
  }
}
