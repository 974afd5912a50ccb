import { faultOfVersion, maxVersionStep } from '@pennypost/sdk/verifier'
import { type Refusal, refuse } from '../refusal.ts'

type Kept = { readonly version: bigint }

/** Refuses a version of a document that does not follow the one there is. */
export function checkVersion(what: 'blocks' | 'policy', { version }: Kept, current: Kept): Refusal | undefined {
  const fault = faultOfVersion(version, current.version)
  if (fault === 'too-low') {
    return refuse(`${what}.version-too-low`, `It must have a version above ${current.version}.`)
  }
  if (fault === 'too-high') {
    return refuse(`${what}.version-too-high`, `It must have a version up to ${current.version + maxVersionStep}.`)
  }
  return undefined
}
