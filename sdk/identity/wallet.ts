import { type Address, checksumAddress, checkWalletSignature, type Hex, hashPersonalMessage } from '../crypto/index.ts'

import { BaseError } from '../errors.ts'

export { WalletSignatureError } from '../crypto/index.ts'

/** All that the protocol asks of a wallet: an address, EIP-191 signatures over texts and, for facts, EIP-712 ones. */
export type Wallet = {
  getAddress(): Promise<Address>
  signMessage(message: string): Promise<string>
  /** Throws {@link WalletUnfitError} where the wallet cannot. */
  signTypedData(data: TypedData): Promise<Hex>
}

/** What EIP-712 signs, as viem takes it. */
export type TypedData = {
  readonly domain: object
  readonly types: object
  readonly primaryType: string
  readonly message: object
}

/** A wallet in the style of ethers, or of stock XMTP clients. */
export type SignerWallet = { getAddress(): string | Promise<string>; signMessage(message: string): Promise<string> }

/** A viem account that can sign on its own. */
export type AccountWallet = { address: string; signMessage(parameters: { message: string }): Promise<string> }

/** A viem wallet client with an account. */
export type ClientWallet = {
  account: { address: string }
  signMessage(parameters: { account: { address: string }; message: string }): Promise<string>
}

// biome-ignore lint/suspicious/noExplicitAny: viem's own parameter types are narrower, and parameters are contravariant
type Sign = (parameters: any) => Promise<string>

type Viem<T> = Omit<T, 'signMessage'> & { readonly signMessage: Sign; readonly signTypedData?: Sign }

/** Whatever an application has at hand. */
export type WalletLike = SignerWallet | Viem<AccountWallet> | Viem<ClientWallet>

/**
 * One interface over the wallets that applications have: `{ getAddress, signMessage }`, a viem account, or a viem wallet
 * client. The wallet must sign deterministically (RFC 6979) to open its key backup again.
 */
export function toWallet(wallet: WalletLike): Wallet {
  if ('getAddress' in wallet) {
    return {
      getAddress: async () => checksumAddress(await wallet.getAddress()),
      signMessage: (message) => wallet.signMessage(message),
      signTypedData: signNone,
    }
  }
  const signTypedData = async (data: TypedData) => {
    if (!wallet.signTypedData) return signNone()
    return (await wallet.signTypedData('account' in wallet ? { account: wallet.account, ...data } : data)) as Hex
  }
  if ('account' in wallet) {
    const { account } = wallet
    return {
      getAddress: async () => checksumAddress(account.address),
      signMessage: (message) => wallet.signMessage({ account, message }),
      signTypedData,
    }
  }
  return {
    getAddress: async () => checksumAddress(wallet.address),
    signMessage: (message) => wallet.signMessage({ message }),
    signTypedData,
  }
}

async function signNone(): Promise<never> {
  throw new WalletUnfitError('The wallet signs no typed data (EIP-712).', {
    hint: 'Pass a viem account or wallet client.',
  })
}

/** A wallet that cannot do what is asked of it. */
export class WalletUnfitError extends BaseError {
  override readonly code = 'wallet.unfit'
}

/** A wallet's signature as it came, and in the one form that everything else is made of. */
export type WalletAnswer = { readonly raw: string; readonly signature: Hex }

/**
 * Asks the wallet to sign a text and checks that it was this wallet and this text: some wallets answer with an earlier
 * signature, and those of contract accounts carry no key. Answers 65 bytes with the lower S and v of 27 or 28.
 */
export async function signWith(wallet: Wallet, text: string): Promise<Hex> {
  return (await askSignature(wallet, text)).signature
}

/** The same with what the wallet itself wrote. */
export async function askSignature(wallet: Wallet, text: string): Promise<WalletAnswer> {
  const [account, raw] = [await wallet.getAddress(), await wallet.signMessage(text)]
  return { raw, signature: checkWalletSignature(raw, { digest: hashPersonalMessage(text), account }) }
}
