import {
  blockName,
  createBlockList,
  type OwnBlock,
  type OwnCopy,
  ownedTopic,
  readOwnCopy,
  signBlockList,
} from '../../codec/index.ts'
import { addressToBytes, toHex } from '../../crypto/index.ts'
import { faultOfVersion, verifyBlockList } from '../../verifier/index.ts'
import { orNothing } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Session } from '../session/session.ts'

type Context = Pick<Session, 'named' | 'network' | 'keyring' | 'clock' | 'random' | 'sealed' | 'tell'>

/** What an account has blocked, and the version of the list that says so; 0 where there is none. */
export type OwnBlocks = OwnCopy & { readonly version: bigint }

/** The account's own list of blocks. The highest version that was ever seen counts, whatever a node shows later. */
export type OwnBlockList = {
  /** The newest that is known, without asking anybody. */
  known(): OwnBlocks
  read(signal?: AbortSignal): Promise<OwnBlocks>
  /** Publishes a new version of the list. Another client may do so at the same moment; then the change is made to its. */
  change(change: Change, signal?: AbortSignal): Promise<{ ok: true } | Refusal>
  /** The same, of the shared lists that the account follows, and of its own, too. */
  changeAll(change: ChangeAll, signal?: AbortSignal): Promise<{ ok: true } | Refusal>
}

type ChangeAll = (own: OwnCopy) => OwnCopy | Refusal

type Change = (blocks: readonly OwnBlock[]) => OwnBlock[] | Refusal

/** Of several clients that publish at once one succeeds each time; each of them may have some versions to publish. */
const attempts = 16

/** What reads and changes the list, and remembers it on the device. */
export function createOwnBlocks(context: Context): OwnBlockList {
  const { sealed, tell } = context
  let newest: OwnBlocks = { version: 0n, blocks: [], lists: [] }
  let remembering: Promise<void> | undefined

  async function remember(): Promise<void> {
    const saved = await sealed.get('blocks')
    newest = (saved && newestOf(context, [saved])) ?? newest
  }

  async function keep(list: Signed | undefined): Promise<void> {
    if (!list || list.version <= newest.version) return
    newest = list
    await sealed.set('blocks', list.message)
  }

  async function read(signal?: AbortSignal): Promise<OwnBlocks> {
    remembering ??= remember()
    await remembering
    const { version: known } = newest
    const shown = newestOf(context, await ask(context, signal))
    if ((shown?.version ?? 0n) < known) tell({ kind: 'degraded', code: 'blocks.went-back' })
    if (shown && known > 0n && faultOfVersion(shown.version, known) === 'too-high') {
      tell({ kind: 'degraded', code: 'blocks.jumped' }) // remembered, it would be the last that this device takes
    } else await keep(shown)
    return newest
  }

  async function tryChange(change: ChangeAll, signal: AbortSignal | undefined): Promise<{ ok: true } | Refusal> {
    const own = await read(signal)
    const next = change(own)
    if ('ok' in next) return next
    if (isSame(own, next)) return { ok: true }
    const published = await publish(context, { ...next, version: own.version + 1n }, signal)
    if (!published.ok) return published
    await keep(newestOf(context, [published.message]))
    return { ok: true }
  }

  async function changeAll(change: ChangeAll, signal?: AbortSignal): Promise<{ ok: true } | Refusal> {
    for (let attempt = 1; ; attempt++) {
      const changed = await tryChange(change, signal)
      if (changed.ok || changed.code !== 'blocks.version-too-low' || attempt === attempts) return changed
    }
  }

  return {
    known: () => newest,
    read,
    changeAll,
    change: (change, signal) => changeAll((own) => ofBlocks(own, change), signal),
  }
}

function ofBlocks(own: OwnCopy, change: Change): OwnCopy | Refusal {
  const changed = change(own.blocks)
  return 'ok' in changed ? changed : { ...own, blocks: changed }
}

async function ask({ named, keyring }: Context, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const contentTopics = [ownedTopic('blocks', keyring.identity.address)]
  const { envelopes } = await named.queryPage({ contentTopics, limit: 10, direction: 'descending' }, { signal })
  return envelopes.map(({ message }) => message)
}

type Signed = OwnBlocks & { readonly message: Uint8Array }

/** The newest list among some messages that is the account's own. */
function newestOf({ network, keyring }: Context, messages: readonly Uint8Array[]): Signed | undefined {
  const { address, keys } = keyring.identity
  const target = { networkId: network.id, owner: addressToBytes(address) }
  const lists = messages.flatMap((message) => orNothing(() => ({ message, list: verifyBlockList(message, target) })))
  const [newest] = lists.sort((a, b) => (a.list.version > b.list.version ? -1 : 1))
  if (!newest) return undefined
  const { message, list } = newest
  return { message, version: list.version, ...readOwnCopy(list, keys.identityKey.secret) }
}

/** Another client, or another step of this one, may have made the change before. */
const isSame = (before: OwnCopy, after: OwnCopy): boolean => nameOf(before) === nameOf(after)

const nameOf = ({ blocks, lists, published }: OwnCopy): string =>
  [
    published,
    ...blocks.map((block) => `${blockName(block)} ${block.due} ${block.allowedBefore} ${block.sources}`),
    ...lists.map(({ owner, version, slot }) => `${toHex(owner)} ${version} ${slot}`),
  ].join()

async function publish(
  context: Context,
  { version, blocks, lists, published }: OwnBlocks,
  signal?: AbortSignal,
): Promise<{ readonly ok: true; readonly message: Uint8Array } | Refusal> {
  const { network, keyring, clock, random } = context
  const { address, keys } = keyring.identity
  const { publicKey: key, secret } = keys.identityKey
  const list = createBlockList(
    { networkId: network.id, owner: addressToBytes(address), version, blocks, lists, published },
    { secret, random },
  )
  const envelope = {
    contentTopic: ownedTopic('blocks', address),
    timestampNs: clock.nextNs(),
    message: signBlockList(list, { key, secret }),
  }
  const answer = await publishOpenly(context.named, [envelope], signal)
  return answer.ok ? { ok: true, message: envelope.message } : answer
}
