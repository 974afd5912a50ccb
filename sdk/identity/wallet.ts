import { type Address, checksumAddress, parseWalletSignature, recoverPersonalSigner } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

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

/**
 * Asks the wallet to sign a text and checks that it was this wallet and this text: some wallets answer with an earlier
 * signature, and those of contract accounts carry no key.
 */
export async function signWith(wallet: Wallet, text: string): Promise<string> {
  const [address, signature] = [await wallet.getAddress(), await wallet.signMessage(text)]
  if (signerOf(text, signature) !== address) {
    throw new WalletSignatureError('The wallet did not sign with the key of its address.', {
      hint: 'Accounts that are contracts cannot hold an XMTP V2 identity.',
    })
  }
  return signature
}

function signerOf(text: string, signature: string): Address | undefined {
  try {
    return recoverPersonalSigner(text, parseWalletSignature(signature))
  } catch (cause) {
    if (cause instanceof BaseError) return undefined
    throw cause
  }
}

/** A wallet whose signature is not what the protocol needs. */
export class WalletSignatureError extends BaseError {
  override readonly code = 'wallet.signature'
}
