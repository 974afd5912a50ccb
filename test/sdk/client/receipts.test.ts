import { expect, test } from 'vitest'
import { createReceipts } from '../../../sdk/client/lanes/receipts.ts'
import { ownedTopic } from '../../../sdk/codec/index.ts'
import { walletOf } from '../../helpers/accounts.ts'

const bytes = (value: number) => Uint8Array.of(value >> 8, value)
const letters = ownedTopic('sealed', walletOf(1).address)
const common = { nodeKey: bytes(1), use: bytes(2), signature: bytes(3) }
const receiptOf = (topic: string, i: number) => ({
  ...common,
  topic,
  digest: bytes(i),
  sequence: 2n ** 60n + BigInt(i),
  message: bytes(i),
})

function memory() {
  const entries = new Map<string, Uint8Array>()
  return {
    get: async (name: string) => entries.get(name),
    set: async (name: string, value: Uint8Array) => !!entries.set(name, value),
  }
}

test('the newest of what nodes sign are kept, letters however much else is written, and no more', async () => {
  const storage = memory()
  const first = createReceipts(storage)
  for (let i = 0; i < 100; i++) first.keepReceipt(receiptOf(letters, i))
  for (let i = 0; i < 300; i++) first.keepReceipt(receiptOf('/xmtp/0/m-abc/proto', i))
  for (let i = 0; i < 100; i++) first.keepGrant({ ...common, topic: letters, grant: bytes(i) })
  const before = await first.all()
  const { grants, receipts } = await createReceipts(storage).all()
  expect({ grants, receipts }).toEqual(before)
  expect(grants.map(({ grant }) => grant)).toEqual(Array.from({ length: 64 }, (_, i) => bytes(36 + i)))
  expect(receipts.slice(0, 64)).toEqual(Array.from({ length: 64 }, (_, i) => receiptOf(letters, 36 + i)))
  expect(receipts.slice(64).map(({ digest }) => digest)).toEqual(Array.from({ length: 256 }, (_, i) => bytes(44 + i)))
  expect(receipts.at(-1)?.message).toBeUndefined()
})
