import { expect, test } from 'vitest'
import { encodePolicyFields, ruleToMessage } from '../../../sdk/codec/index.ts'
import { effectiveRule, parseRule } from '../../../sdk/policy/index.ts'
import { recipientPolicy } from '../../../service/node/gates/recipient.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { networkId } from '../../helpers/world.ts'

const { address: owner } = walletOf(0x0b)
const everyone = parseRule('everyone')
const terms = { floor: everyone, defaultRule: everyone, decimals: 18, requestBits: 20 }
const deps = { network: { id: networkId }, terms: () => terms } as never
const blocks = { version: 0n, salt: new Uint8Array(), entries: new Uint8Array() }

test('a policy is decoded once, for whoever writes first, and a newer version by itself', () => {
  let reads = 0
  const versionOf = (version: bigint, text: string) => {
    const fields = {
      networkId,
      owner: Buffer.from(owner.slice(2), 'hex'),
      version,
      rule: ruleToMessage(parseRule(text)),
    }
    const bytes = encodePolicyFields(fields)
    return {
      version,
      get document() {
        reads++
        return bytes
      },
    }
  }
  const [first, second] = [versionOf(1n, 'stamp 1'), versionOf(2n, 'stamp 2')]
  const ruleBy = (version: typeof first) => recipientPolicy(deps, owner, { versions: [version], blocks }).rule
  for (const _ of [1, 2, 3]) expect(ruleBy(first)).toEqual(effectiveRule(everyone, parseRule('stamp 1')))
  expect(reads).toBe(1)
  expect(ruleBy(second)).toEqual(effectiveRule(everyone, parseRule('stamp 2')))
  expect(reads).toBe(2)
})
