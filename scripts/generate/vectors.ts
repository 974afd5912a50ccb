import { fromBytes, toBytes32 } from '../../sdk/crypto/abi.ts'
import { FOREST_DEPTH } from '../../sdk/crypto/forest.ts'
import { FIELD_ORDER, poseidon } from '../../sdk/crypto/poseidon.ts'
import {
  classIdOf,
  commitmentOf,
  credentialOf,
  leafOf,
  MAX_LIMIT,
  type NoteKind,
  networkIdOf,
  personHashOf,
  scopeOf,
  secretHashOf,
  TREE_DEPTH,
  tagScopeOf,
  ticketSignals,
  useOf,
  walletHolder,
  xOf,
} from '../../sdk/crypto/signals.ts'
import { NoteForest } from '../../sdk/notes/forest.ts'
import { emptyChain, extendChain, type Operation } from '../../sdk/notes/log.ts'
import { NoteTree } from '../../sdk/notes/tree.ts'

/** A value of the vector file: everything but names and topics is 32 bytes of hex. */
type Row = Record<string, string | readonly string[] | null>

const networkName = 'pennypost-local'
const networkId = networkIdOf(networkName)
const last = 2n ** 40n - 1n

/** The values that circuits, contracts and TypeScript must agree on: path from the root → content. */
export async function generateVectors(): Promise<Map<string, string>> {
  const notes = noteCases.map(noteRow)
  const operations = operationRows()
  const vectors = {
    network: { name: networkName, networkId: hex(networkId) },
    poseidon: poseidonRows(),
    uses: useCases.map(useRow),
    classes: classCases.map(classRow),
    scopes: scopeCases.map(scopeRow),
    tagScopes: ['recipient 1', 'recipient 2'].map(tagScopeRow),
    tickets: notes,
    tree: { depth: hex(BigInt(TREE_DEPTH)), operations },
    forest: { depth: hex(BigInt(FOREST_DEPTH)), capacity: hex(BigInt(capacity)), operations: forestRows() },
  }
  return new Map([['test/vectors/ticket.json', `${JSON.stringify(vectors, null, 2)}\n`]])
}

function poseidonRows(): Row[] {
  const inputs = [0n, 1n, FIELD_ORDER - 1n, seeded('poseidon 1'), seeded('poseidon 2')]
  return [1, 2, 3, 4, 5].flatMap((arity) =>
    [inputs.slice(0, arity), inputs.slice(-arity)].map((taken) => ({
      inputs: taken.map(hex),
      output: hex(poseidon(taken)),
    })),
  )
}

const useCases = [
  { topic: '/xmtp/0/sealed-0x1111111111111111111111111111111111111111/proto', holder: key('a lane key'), units: 1n },
  { topic: '/xmtp/0/m-é✉/proto', holder: walletHolder(address('a wallet')), units: 2n ** 32n - 1n },
  { topic: '', holder: new Uint8Array(32), units: 0n },
]

function useRow({ topic, holder, units }: (typeof useCases)[number], i: number): Row {
  const expiresAt = 1_800_000_000n + BigInt(i)
  const use = useOf({ networkId, topic, holder, units, expiresAt })
  const inputs = { holder: hex(holder), units: hex(units), expiresAt: hex(expiresAt) }
  return { networkName, networkId: hex(networkId), topic, ...inputs, use: hex(use), x: hex(xOf(use)) }
}

const kindNumbers = { stamp: 1n, stake: 2n, fact: 3n, payment: 4n }
const classCases: readonly [NoteKind, bigint, string, bigint][] = [
  ['stamp', 31337n, 'postage', 1n],
  ['stake', 1n, 'stakes', 2n],
  ['fact', 8453n, 'facts', seeded('a predicate')],
  ['payment', 31337n, 'payments', 1n],
]

function classRow([kind, chainId, contract, number]: (typeof classCases)[number]): Row {
  const classId = classIdOf({ kind, chainId, contract: address(contract), number })
  const inputs = { kind: hex(kindNumbers[kind]), chainId: hex(chainId), contract: hex(walletHolder(address(contract))) }
  return { ...inputs, number: hex(number), classId: hex(classId) }
}

const scopeCases: readonly [classId: bigint, period: bigint, issuer: Uint8Array | null][] = [
  [seeded('a class'), 0n, null],
  [seeded('a class'), 495_000n, null],
  [seeded('a class'), 495_000n, key('an issuer')],
]

function scopeRow([classId, period, issuer]: (typeof scopeCases)[number]): Row {
  const scope = scopeOf({ networkId, classId, period, ...(issuer && { issuer }) })
  const inputs = {
    networkId: hex(networkId),
    classId: hex(classId),
    period: hex(period),
    issuer: issuer && hex(issuer),
  }
  return { ...inputs, scope: hex(scope) }
}

function tagScopeRow(recipient: string): Row {
  const account = address(recipient)
  const tagScope = tagScopeOf(networkId, account)
  return { networkId: hex(networkId), recipient: hex(walletHolder(account)), tagScope: hex(tagScope) }
}

/** Notes and how each is used; their leaves are the first of the tree, in this order. */
const noteCases = [
  {
    secret: seeded('secret 0'),
    limit: 20n,
    messageId: 7n,
    expiry: 1_800_000_000n,
    asOf: 1_799_996_400n,
    x: seeded('x 0'),
  },
  { secret: seeded('secret 1'), limit: 1n, messageId: 0n, expiry: 1n, asOf: 0n, x: seeded('x 1') },
  {
    secret: FIELD_ORDER - 1n,
    limit: BigInt(MAX_LIMIT),
    messageId: 255n,
    expiry: last,
    asOf: last - 1n,
    x: 2n ** 248n - 1n,
  },
  { secret: 0n, limit: 256n, messageId: 0n, expiry: last, asOf: 0n, x: 0n },
]

function noteRow(note: (typeof noteCases)[number], i: number): Row {
  const { secret, messageId, asOf, x } = note
  const person = seeded(`person ${i}`)
  const scope = seeded(`scope ${i}`)
  const tagScope = seeded(`tag scope ${i}`)

  const secretHash = secretHashOf(secret)
  const personHash = personHashOf(person)
  const fields = leafFields(i)
  const signals = ticketSignals({ secret, person, messageId, scope, tagScope, x })
  const derived = {
    secretHash,
    personHash,
    ...fields,
    leaf: leafOf(fields),
    credential: credentialOf(fields),
    ...signals,
  }
  return hexed({ secret, person, messageId, scope, tagScope, x, asOf, leafIndex: BigInt(i), ...derived })
}

/** Of the trees below: two are full, and a third is begun. */
const capacity = 2

/** What disputes show of each operation of the log, where trees are that small: its place before it, and the roots. */
function forestRows(): Row[] {
  const forest = new NoteForest({ capacity })
  return logOf().map((operation, index) => {
    const before = forest.root()
    const old = operation.kind === 'append' ? 0n : forest.path(operation.leafIndex).leaf
    if (operation.kind === 'append') forest.append(leafOf(operation))
    else forest.zero(operation.leafIndex)
    const { siblings, forest: above } = forest.path(operation.leafIndex)
    return {
      ...fieldsOf(operation, index),
      old: hex(old),
      siblings: siblings.map(hex),
      forest: above.map(hex),
      before: hex(before),
      root: hex(forest.root()),
    }
  })
}

/** The log: the notes above, one more, some zeroed, and a leaf after a zeroed last one. */
function logOf(): Operation[] {
  const append = (leafIndex: number): Operation => ({ kind: 'append', leafIndex, ...leafFields(leafIndex) })
  const zero = (leafIndex: number): Operation => ({ kind: 'zero', leafIndex })
  return [append(0), append(1), append(2), append(3), append(4), zero(4), append(5), zero(5), append(6), zero(2)]
}

function operationRows(): Row[] {
  const tree = new NoteTree()
  let chain = emptyChain
  return logOf().map((operation, index) => {
    const leaf = operation.kind === 'append' ? leafOf(operation) : 0n
    if (operation.kind === 'append') tree.append(leaf)
    else tree.zero(operation.leafIndex)
    chain = extendChain(chain, index, operation)

    return {
      ...fieldsOf(operation, index),
      ...hexed({ leaf, root: tree.root() }),
      chain: hex(chain),
    }
  })
}

/** An operation as the contract logs it. */
function fieldsOf(operation: Operation, index: number): Row {
  const { commitment, classId, limit, expiry } = operation.kind === 'append' ? operation : zeroed
  return {
    index: hex(BigInt(index)),
    kind: hex(operation.kind === 'append' ? 1n : 2n),
    leafIndex: hex(BigInt(operation.leafIndex)),
    ...hexed({ commitment, classId, limit, expiry }),
  }
}

const zeroed = { commitment: 0n, classId: 0n, limit: 0n, expiry: 0n }

function leafFields(index: number) {
  const note = noteCases[index]
  const person = seeded(`person ${index}`)
  const secret = note?.secret ?? seeded(`secret ${index}`)
  const commitment = commitmentOf(secretHashOf(secret), personHashOf(person))
  return { commitment, classId: seeded('a class'), limit: note?.limit ?? 5n, expiry: note?.expiry ?? 1_900_000_000n }
}

/** A fixed field element, key or address for a name. */
function seeded(name: string): bigint {
  return xOf(key(name))
}

function key(name: string): Uint8Array {
  return networkIdOf(`pennypost/test/${name}`)
}

function address(name: string): Uint8Array {
  return key(name).slice(12)
}

const hexed = (values: Record<string, bigint>): Row =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hex(value)]))

function hex(value: bigint | Uint8Array): string {
  const bytes = typeof value === 'bigint' ? toBytes32(value) : toBytes32(fromBytes(value))
  return `0x${Buffer.from(bytes).toString('hex')}`
}
