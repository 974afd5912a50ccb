/** How far one version of a document may be above the one before. */
export const maxVersionStep = 2n ** 20n

/** Versions end here, so that each has room for a next one wherever it is kept. */
export const lastVersion = 2n ** 63n - 1n

/**
 * What is wrong with the version of a document that follows another, 0 for none. Higher ones win, so a jump to the end would
 * be the last: whoever once had the key could take the owner's word away for ever.
 */
export function faultOfVersion(version: bigint, before: bigint): 'too-low' | 'too-high' | undefined {
  if (version <= before) return 'too-low'
  return version > before + maxVersionStep ? 'too-high' : undefined
}
