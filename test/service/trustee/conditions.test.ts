import { afterAll, beforeAll, expect, test } from 'vitest'
import { ruleToMessage } from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import type { RunningTrustee } from '../../../service/trustee/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { claimOf } from '../../helpers/deposits.ts'
import { hear, said, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork
let trustee: RunningTrustee
beforeAll(async () => {
  network = await startTrusteeNetwork()
  trustee = await network.start()
})
afterAll(() => network.close())

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const conditionOf = (text: string) => ({ condition: ruleToMessage(parseRule(text)) as never })

test('a claim before its time is refused, kept, and answered once the time has come', async () => {
  const day = dayFrom(2)
  const made = await network.depositAt(trustee, 0x51, conditionOf(`after ${day}`))
  await network.appear(made.keyring)
  const claim = await claimOf(0x51, [made.deposit.letter], made.keyring)
  network.clock.at = Date.parse(day) / 1000 - 0.001
  await made.channel.say(claim)
  expect(await hear(made, 'refused')).toMatchObject([{ code: 'condition.unmet' }])
  expect(await said(made, 'share')).toEqual([])
  network.clock.at = Date.parse(day) / 1000 + 3_600
  expect(await hear(made, 'share')).toHaveLength(1)
  network.clock.at = undefined
})

test('after its time nothing is handed out', async () => {
  const made = await network.depositAt(trustee, 0x52, conditionOf(`before ${dayFrom(1)}`))
  await network.appear(made.keyring)
  network.clock.at = Date.parse(dayFrom(1)) / 1000
  await made.channel.say(await claimOf(0x52, [made.deposit.letter], made.keyring))
  expect(await hear(made, 'refused')).toMatchObject([{ code: 'condition.unmet' }])
  expect(await said(made, 'share')).toEqual([])
  network.clock.at = undefined
})

test.each(['stamp 1', `after ${dayFrom(2)} and holds eip155:1/slip44:60 >= 1`, 'work 1 or everyone'])(
  'a deposit that asks “%s” is not held: no clock decides that',
  async (text) => {
    const made = await network.depositor.make((await keyringOf(0x53)).identity.address, conditionOf(text))
    await network.depositor.send(trustee.address, made.deposit)
    expect(await hear(made, 'refused')).toMatchObject([{ code: 'deposit.condition-unsupported' }])
  },
)

test('one whose condition is no rule is not held', async () => {
  const made = await network.depositor.make((await keyringOf(0x54)).identity.address, { condition: {} as never })
  await network.depositor.send(trustee.address, made.deposit)
  expect(await hear(made, 'refused')).toMatchObject([{ code: 'deposit.invalid' }])
})
