import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import { openOnChannel, openShare } from '../../../sdk/escrow/index.ts'
import type { Keyring } from '../../../sdk/identity/index.ts'
import { claimOf, type MadeDeposit } from '../../helpers/deposits.ts'
import { hear, startTrusteeNetwork, type TrusteeNetwork } from '../../helpers/trustee-network.ts'

let network: TrusteeNetwork

beforeAll(async () => {
  network = await startTrusteeNetwork()
})
afterAll(() => network.close())

/** Claims by whoever has read the letter's header: well made, each of another identity key, and signed by nobody. */
async function flood({ channel, deposit }: MadeDeposit, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const release = {
      account: deposit.recipient,
      letters: [deposit.letter],
      identityKey: randomBytes(65),
      signature: randomBytes(65),
    }
    await channel.say({ case: 'claim', value: { release, bundle: randomBytes(200) } })
  }
}

/** When a trustee handed out its share, and the share. */
async function handedOut({ channel, deposit, keyring }: MadeDeposit & { readonly keyring: Keyring }) {
  await hear({ channel }, 'share')
  const { letter } = deposit
  const { identityKey } = keyring.identity.keys
  for await (const { envelopes } of network.depositor.anonymous.query({ contentTopics: [channel.topic] })) {
    for (const { timestampNs, message } of envelopes) {
      const { kind } = openOnChannel(message, channel)
      if (kind.case !== 'share') continue
      return { timestampNs, share: openShare(kind.value.sealed, { letter, identitySecret: identityKey.secret }) }
    }
  }
  throw new Error('It is there no more.')
}

test('a flood on one channel loses no claim behind it, and lets those of others go before', {
  timeout: 120_000,
}, async () => {
  const dataDir = await network.makeDataDir()
  const first = await network.start({ dataDir })
  const flooded = await network.depositAt(first, 0x41)
  const other = await network.depositAt(first, 0x42)
  for (const { keyring } of [flooded, other]) await network.appear(keyring)
  await network.stop(first)
  await flood(flooded, 80)
  await flooded.channel.say(await claimOf(0x41, [flooded.deposit.letter], flooded.keyring))
  await other.channel.say(await claimOf(0x42, [other.deposit.letter], other.keyring))
  const second = await network.start({ dataDir })
  const [late, early] = [await handedOut(flooded), await handedOut(other)]
  expect(late.share).toEqual(flooded.deposit.share)
  expect(early.share).toEqual(other.deposit.share)
  expect(early.timestampNs).toBeLessThan(late.timestampNs)
  await network.stop(second)
})
