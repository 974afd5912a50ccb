export type { Fence } from './fence-file.ts'
export { type Identity, openIdentity } from './open-identity.ts'
