import type { Checkpoint } from '../../sdk/codec/index.ts'
import { classIdOf, leafOf, toBase64, toBytes32, toHex } from '../../sdk/crypto/index.ts'
import { emptyChain, extendChain, NoteTree, type Operation } from '../../sdk/notes/index.ts'
import { checkpointDigest } from '../../sdk/verifier/index.ts'
import type { Dice } from './dice.ts'
import { checkpointOf, signCheckpoint } from './node.ts'
import { forestOf } from './world.ts'

/** A prover of a tree that a test grows, with checkpoints whose times are virtual. */
export type SimulatedProver = {
  /** Appends a book of stamps, which the next checkpoint has. */
  append(commitment: bigint, limit: number): { readonly expiry: bigint; readonly classNumber: number }
  /** Signs the next checkpoint; somebody else has bought a book since. */
  issue(): Promise<void>
  /** What it answers to a request for a path with its query. */
  answer(path: string): { readonly status: number; readonly json: unknown }
  /** Every checkpoint after a number, as provers serve them. */
  after(sequence: number): readonly string[]
}

type Appended = Extract<Operation, { kind: 'append' }>

/** Terms of stamps, as a checkpoint names them. */
const stampClass = checkpointOf().classes[0]!
const yearSeconds = 31_536_000n

/** A prover that nobody has asked yet; it has one leaf, so that its tree has a root. */
export function createSimulatedProver({ now, dice }: { now: () => number; dice: Dice }): SimulatedProver {
  const operations: Appended[] = []
  const leaves: bigint[] = []
  const tree = new NoteTree()
  const signed: string[] = []
  /** Roots since the last checkpoint. */
  const roots: Uint8Array[] = []
  let chain = emptyChain
  let last: Checkpoint | undefined
  const classId = classIdOf({ ...stampClass, kind: 'stamp', chainId: 31_337n, number: BigInt(stampClass.number) })

  function append(commitment: bigint, limit: number) {
    const expiry = BigInt(Math.floor(now())) + yearSeconds
    const note = { commitment, classId, limit: BigInt(limit), expiry }
    const operation = { kind: 'append' as const, leafIndex: leaves.length, ...note }
    chain = extendChain(chain, operations.length, operation)
    operations.push(operation)
    leaves.push(leafOf(note))
    tree.append(leafOf(note))
    roots.push(forestOf(tree.root()).root)
    return { expiry, classNumber: stampClass.number }
  }

  const answers: Record<string, (query: URLSearchParams) => unknown> = {
    '/v1/checkpoints/latest': () => ({ checkpoint: signed.at(-1) }),
    '/v1/checkpoints': (query) => ({ checkpoints: signed.slice(Number(query.get('after'))) }),
    '/v1/leaves': (query) => {
      const size = Number(query.get('operations'))
      const page = leaves.slice(Number(query.get('from')), size).map(toBytes32)
      return { size, capacity: 2 ** 20, leaves: toBase64(Buffer.concat(page)) }
    },
    '/v1/nodes': () => ({ nodes: toBase64(Buffer.concat(tree.nodes().map(toBytes32))) }),
    '/v1/operations': (query) => {
      const from = Number(query.get('after'))
      return {
        total: String(operations.length),
        operations: operations.slice(from).map((one, i) => operationToJson(one, from + i)),
      }
    },
  }

  return {
    append,
    async issue() {
      append(BigInt(`0x${toHex(dice.bytes(30))}`), 8)
      last = checkpointOf({
        sequence: BigInt(signed.length + 1),
        previous: last ? checkpointDigest(last) : new Uint8Array(32),
        operations: BigInt(operations.length),
        logHash: chain,
        ...forestOf(tree.root()),
        roots: roots.splice(0),
        issuedAt: BigInt(Math.floor(now())),
      })
      signed.push(await signCheckpoint(last))
    },
    answer(path) {
      const { pathname, searchParams } = new URL(path, 'http://prover.test')
      const answer = answers[pathname]
      return answer ? { status: 200, json: answer(searchParams) } : { status: 404, json: { code: 'route.unknown' } }
    },
    after: (sequence) => signed.slice(sequence),
  }
}

function operationToJson(operation: Appended, index: number): unknown {
  const { leafIndex, commitment, classId, limit, expiry } = operation
  const word = (value: bigint) => toBase64(toBytes32(value))
  const fields = { commitment: word(commitment), classId: word(classId), limit: String(limit), expiry: String(expiry) }
  return { index, kind: 'append', leafIndex, ...fields }
}
