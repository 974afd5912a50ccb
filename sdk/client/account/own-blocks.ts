import { blockName, createBlockList, type OwnBlock, ownedTopic, readBlocks, signBlockList } from '../../codec/index.ts'
import { addressToBytes } from '../../crypto/index.ts'
import { verifyBlockList } from '../../verifier/index.ts'
import { orNothing } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'

type Context = Pick<Session, 'named' | 'network' | 'keyring' | 'clock' | 'random'>

/** What an account has blocked, and the version of the list that says so; 0 where there is none. */
export type OwnBlocks = { readonly version: bigint; readonly blocks: readonly OwnBlock[] }

/** Of several clients that publish at once one succeeds each time; each of them may have some versions to publish. */
const attempts = 16

/** Reads the account's own list of blocks. */
export async function readOwnBlocks({ named, network, keyring }: Context, signal?: AbortSignal): Promise<OwnBlocks> {
  const { address, keys } = keyring.identity
  const request = { contentTopics: [ownedTopic('blocks', address)], limit: 10, direction: 'descending' } as const
  const { envelopes } = await named.queryPage(request, { signal })
  const target = { networkId: network.id, owner: addressToBytes(address) }
  const lists = envelopes.flatMap(({ message }) => orNothing(() => verifyBlockList(message, target)))
  const [newest] = lists.sort((a, b) => (a.version > b.version ? -1 : 1))
  if (!newest) return { version: 0n, blocks: [] }
  return { version: newest.version, blocks: readBlocks(newest, keys.identityKey.secret) }
}

/** Publishes a new version of the list. Another client may do so at the same moment; then the change is made to its. */
export async function changeOwnBlocks(
  context: Context,
  change: (blocks: readonly OwnBlock[]) => OwnBlock[] | Refusal,
  signal?: AbortSignal,
): Promise<{ ok: true } | Refusal> {
  for (let attempt = 1; ; attempt++) {
    const own = await readOwnBlocks(context, signal)
    const blocks = change(own.blocks)
    if ('ok' in blocks) return blocks
    if (isSame(own.blocks, blocks)) return { ok: true }
    const published = await publish(context, { version: own.version + 1n, blocks }, signal)
    if (published.ok || published.code !== 'blocks.version-too-low' || attempt === attempts) return published
  }
}

/** Another client, or another step of this one, may have made the change before. */
const isSame = (before: readonly OwnBlock[], after: readonly OwnBlock[]): boolean => {
  const names = [before, after].map((blocks) => blocks.map((block) => `${blockName(block)} ${block.due}`).join())
  return names[0] === names[1]
}

function publish(
  context: Context,
  { version, blocks }: OwnBlocks,
  signal?: AbortSignal,
): Promise<{ ok: true } | Refusal> {
  const { network, keyring, clock, random } = context
  const { address, keys } = keyring.identity
  const { publicKey: key, secret } = keys.identityKey
  const list = createBlockList(
    { networkId: network.id, owner: addressToBytes(address), version, blocks },
    { secret, random },
  )
  const envelope = {
    contentTopic: ownedTopic('blocks', address),
    timestampNs: clock.nextNs(),
    message: signBlockList(list, { key, secret }),
  }
  return publishOpenly(context.named, [envelope], signal)
}
