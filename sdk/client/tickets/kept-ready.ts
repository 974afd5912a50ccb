import { utf8 } from '../../crypto/index.ts'
import { createReadyIds, type ReadyBlock, type ReadyIds } from '../../notes/index.ts'
import type { SealedStorage } from '../session/sealed-storage.ts'
import type { SafeStorage } from '../session/storage.ts'

type Edges = {
  readonly storage: Pick<SafeStorage, 'isReliable' | 'isShared' | 'inTurn'>
  readonly sealed: SealedStorage
}

const kind = 'ready'

/**
 * Message ids that wait on the device for whichever of the account's clients needs one first. Where the storage cannot keep
 * clients apart, or has failed, each has its own and loses them with its run.
 */
export function createKeptReady({ storage, sealed }: Edges): ReadyIds {
  const own = createReadyIds()
  return {
    async change(step) {
      if (!storage.isShared || !storage.isReliable) return own.change(step)
      return storage.inTurn(async () => {
        const before = decode(await sealed.get(kind))
        if (!storage.isReliable) return undefined
        const { blocks, answer } = step(before)
        if (blocks !== before && !(await sealed.set(kind, utf8(JSON.stringify(blocks))))) return undefined
        return answer
      })
    },
  }
}

/** It was sealed by this account's client: what it holds is as it was written. */
const decode = (bytes: Uint8Array | undefined): readonly ReadyBlock[] =>
  bytes ? JSON.parse(new TextDecoder().decode(bytes)) : []
