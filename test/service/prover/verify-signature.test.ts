import { custom } from 'viem'
import { expect, test } from 'vitest'
import { verifySignature } from '../../../service/prover/facts/verify-signature.ts'

test.each([
  ['its 65 bytes are zeros', '00'.repeat(65)],
  ['no key can have made it', `${'ff'.repeat(64)}1b`],
  ['it deploys first (ERC-6492)', `${'00'.repeat(96)}${'6492'.repeat(16)}`],
])(
  'nobody signs for the zero account, to which much was sent and which every failed recovery gives: %s',
  async (_, hex) => {
    let asked = 0
    const yes = async () => {
      asked += 1
      return `0x${'00'.repeat(31)}01`
    }
    const signed = { account: `0x${'00'.repeat(20)}`, digest: `0x${'07'.repeat(32)}`, signature: `0x${hex}` } as const
    expect(await verifySignature(custom({ request: yes }), signed)).toBe(false)
    expect(asked).toBe(0)
  },
)
