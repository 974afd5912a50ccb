import { type Address, checksumAddress, checkWalletSignature, type Hex, hashPersonalMessage } from '../crypto/index.ts'

export { WalletSignatureError } from '../crypto/index.ts'

/** All that the protocol asks of a wallet: an address, and EIP-191 signatures over texts. */
export type Wallet = { getAddress(): Promise<Address>; signMessage(message: string): Promise<string> }

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
type Viem<T> = Omit<T, 'signMessage'> & { signMessage(parameters: any): Promise<string> }

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
    }
  }
  if ('account' in wallet) {
    const { account } = wallet
    return {
      getAddress: async () => checksumAddress(account.address),
      signMessage: (message) => wallet.signMessage({ account, message }),
    }
  }
  return {
    getAddress: async () => checksumAddress(wallet.address),
    signMessage: (message) => wallet.signMessage({ message }),
  }
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
