export {
  LetterRefusedError,
  type LetterTarget,
  LetterTooLongError,
  letterSizeOf,
  letterSizes,
  openLetter,
  readKeyId,
  sealLetter,
} from './letter.ts'
export { isTagDisputed, tagOf } from './letter-tag.ts'
export {
  createSealedKeys,
  isSmallOrder,
  keyIdOf,
  listedSealedKeys,
  type SealedKeyPair,
  type SealedKeys,
  SealedKeyUnknownError,
  sealedKeyOf,
} from './sealed-key.ts'
