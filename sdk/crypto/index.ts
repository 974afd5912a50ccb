export { encodeLabelled, encodeWords, fromBytes, toBytes32 } from './abi.ts'
export {
  type Address,
  AddressMalformedError,
  addressOf,
  addressToBytes,
  checksumAddress,
  faultOfAddress,
  isAddress,
  toAddress,
  zeroAddress,
} from './address.ts'
export {
  AeadRefusedError,
  aeadNonceLength,
  aeadTagLength,
  openAead,
  portableAead,
  sealAead,
} from './aead.ts'
export { BabyJubjub, type BabyJubjubKey, isBabyJubjubKey, isSameKey } from './baby-jubjub.ts'
export {
  BytesMalformedError,
  concatBytes,
  equalBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  type Hex,
  type RandomBytes,
  randomBytes,
  toBase64,
  toBase64Url,
  toBytes4,
  toBytes8,
  toHex,
  utf8,
} from './bytes.ts'
export { cacheKey, createCache } from './cache.ts'
export { type Ciphertext, openCiphertext, sealCiphertext } from './ciphertext.ts'
export {
  type Ed25519,
  ed25519PublicKey,
  isEd25519PublicKey,
  portableEd25519,
  signEd25519,
  useEd25519,
  verifyEd25519,
} from './ed25519.ts'
export {
  loadFastSecp256k1,
  preferFastSecp256k1,
  useFastSecp256k1,
} from './fast-secp256k1.ts'
export { emptyTreeRoot, FOREST_DEPTH, forestPathOf, forestRootOf } from './forest.ts'
export { hmacSha256, keccak256, sha256 } from './hash.ts'
export { hkdfSha256 } from './hkdf.ts'
export { isNoteSigned, type NoteSignature } from './note-signature.ts'
export {
  isRecipient,
  type PaymentTerms,
  paymentCommitment,
  paymentIdOf,
  recipientDepth,
  recipientLeafOf,
} from './payment.ts'
export { hashPersonalMessage, recoverPersonalSigner } from './personal-message.ts'
export { FIELD_ORDER, isFieldElement, poseidon } from './poseidon.ts'
export {
  KeyMalformedError,
  portableSecp256k1,
  publicKeyLength,
  publicKeyOf,
  type RecoverableSignature,
  recoverPublicKey,
  type Secp256k1,
  SignatureInvalidError,
  sharedPoint,
  signDigest,
  useSecp256k1,
  verifyDigest,
} from './secp256k1.ts'
export {
  a1Of,
  classIdOf,
  commitmentOf,
  credentialOf,
  issuerNameOf,
  leafOf,
  MAX_LIMIT,
  type Note,
  type NoteClass,
  type NoteKind,
  networkIdOf,
  noteKinds,
  nullifierOf,
  personHashOf,
  predicateNumber,
  recoverSecret,
  type Scope,
  scopeOf,
  secretHashOf,
  slopeOf,
  type TicketInputs,
  TREE_DEPTH,
  tagOf,
  tagScopeOf,
  ticketSignals,
  type Use,
  useOf,
  walletHolder,
  walletOf,
  xOf,
  yOf,
} from './signals.ts'
export {
  checkWalletSignature,
  type ExpectedSigner,
  otherForms,
  parseWalletSignature,
  WalletSignatureError,
} from './wallet-signature.ts'
export { x3dhSecret } from './x3dh.ts'
export { x25519PublicKey, x25519SharedSecret } from './x25519.ts'
