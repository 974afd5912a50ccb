export { BackupRefusedError, openBackup, sealBackup } from './backup.ts'
export {
  BundleInvalidError,
  bundleId,
  chooseContact,
  createBundleVerifier,
  verifyBundle,
} from './bundle.ts'
export {
  createIdentity,
  createToken,
  type Identity,
  IdentityMalformedError,
  toIdentity,
} from './identity.ts'
export { createKeyring, isOwnBundle, type Keyring } from './keyring.ts'
export {
  signWith,
  toWallet,
  type Wallet,
  type WalletLike,
  WalletSignatureError,
} from './wallet.ts'
