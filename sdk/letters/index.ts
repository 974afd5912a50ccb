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
  type SealedKeyPair,
  type SealedKeys,
  sealedKeyLimits,
} from './sealed-key.ts'
