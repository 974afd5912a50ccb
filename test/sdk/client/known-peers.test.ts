import { describe, expect, test } from 'vitest'
import { requireVersion } from '../../../sdk/client/session/known-peers.ts'
import { lastVersion, maxVersionStep } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'

describe('a version of a policy that a node shows', () => {
  const { address } = walletOf(1)
  const show = (version: bigint, known: bigint) => {
    const policy = { version, rule: undefined, sealedKey: undefined, document: undefined }
    return () => requireVersion(known, { address, policy })
  }

  test.each<[string, bigint, bigint, string | undefined]>([
    ['is taken where it is the known one', 7n, 7n, undefined],
    ['is taken where it is the next one', 8n, 7n, undefined],
    ['is taken where some were missed', 7n + maxVersionStep, 7n, undefined],
    ['is taken whatever it is where none is known', lastVersion, 0n, undefined],
    ['is refused where it is older', 6n, 7n, 'policy.went-back'],
    ['is refused where there was one', 0n, 1n, 'policy.went-back'],
    ['is refused where it jumps', 8n + maxVersionStep, 7n, 'policy.jumped'],
    ['is refused where it jumps to the end, so that it is never remembered', lastVersion, 7n, 'policy.jumped'],
  ])('%s', (_, version, known, code) => {
    if (code) expect(show(version, known)).toThrow(expect.objectContaining({ code }))
    else expect(show(version, known)()).toMatchObject({ version })
  })
})
