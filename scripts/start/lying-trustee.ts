import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { Deposit } from '../../sdk/codec/index.ts'
import { randomBytes } from '../../sdk/crypto/index.ts'
import { openOnChannel } from '../../sdk/escrow/index.ts'
import { openTrustee } from '../../sdk/index.ts'

// A trustee that says that it holds its share, and hands out another one: `node lying-trustee.ts <node> <signers>`.

const [node = '', signers = ''] = process.argv.slice(2)
const network = { signers: signers.split(',') as `0x${string}`[] }
const account = await openTrustee(privateKeyToAccount(generatePrivateKey()), { node, network })
await account.publishRule('everyone')
console.log(account.address)

const serve = async (deposit: Deposit): Promise<void> => {
  const { lane, key } = deposit
  if (!lane) return
  const channel = { topic: lane.topic, key, lane }
  const stream = account.channels({
    after: 0n,
    onError: console.error,
    async receive({ message }) {
      const { kind } = openLeniently(message, channel)
      if (kind?.case !== 'claim') return
      const wrong = { ...deposit, share: randomBytes(32) }
      await account.send(channel, await account.answer(wrong, kind.value, { now: Date.now() / 1000 }))
    },
  })
  await stream.add([channel.topic], 'start')
  await account.send(channel, account.acknowledge(deposit))
}

/** What others have put on a channel is theirs to explain. */
function openLeniently(message: Uint8Array, channel: { readonly topic: string; readonly key: Uint8Array }) {
  try {
    return openOnChannel(message, channel)
  } catch {
    return { kind: undefined }
  }
}

const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
for await (const { deposit } of account.deposits(0n, ending.signal)) if (deposit) await serve(deposit)
account.close()
