import { joinSignals } from '@pennypost/sdk/async'
import { unusedStatement } from '@pennypost/sdk/codec'
import { noteKinds, toBytes32, toHex, verifyEd25519 } from '@pennypost/sdk/crypto'
import { BaseError, formerHomesOf, type OpenedLane, type UsedNullifier } from '@pennypost/sdk/verifier'
import { bytesOf, listOf, toBase64, uint64Of } from '../plugins/json.ts'
import { readObject } from '../plugins/read-object.ts'
import type { NodeDeps } from './deps.ts'
import { secondsOfPeriod } from './kept-nullifier.ts'
import { type Refusal, refuse } from './refusal.ts'

const timeoutMs = 5_000
const mostBytes = 16_384

/**
 * Asks the nodes that were home to a lane's nullifiers before: where the set of nodes has changed, a nullifier is taken only
 * after each of them has signed that it has not taken it. Asks after the proof was verified, so that it costs a ticket.
 */
export async function checkFormerHomes(deps: NodeDeps, opened: OpenedLane): Promise<Refusal | undefined> {
  const questions = questionsFor(deps, opened)
  const answers = await Promise.all(questions.map((question) => ask(deps, question)))
  return answers.find((answer) => answer !== undefined)
}

type Question = { readonly url: string; readonly key: Uint8Array; readonly used: readonly UsedNullifier[] }

/** One question for each node, about all the nullifiers that it was home to. */
function questionsFor({ nodeSets, checkpoint, clock, key }: NodeDeps, { nullifiers }: OpenedLane): Question[] {
  const questions = new Map<string, Question>()
  for (const used of nullifiers) {
    const nullifier = toBytes32(used.nullifier)
    const seconds = secondsOfPeriod(used, checkpoint())
    const since = seconds === undefined ? 0n : BigInt(Math.floor(clock()) - seconds)
    for (const node of formerHomesOf(nodeSets(), nullifier, { self: key.publicKey, since })) {
      const before = questions.get(toHex(node.key))?.used ?? []
      questions.set(toHex(node.key), { url: node.url, key: node.key, used: [...before, used] })
    }
  }
  return [...questions.values()]
}

async function ask(deps: NodeDeps, question: Question): Promise<Refusal | undefined> {
  try {
    const used = await findUsed(deps, question)
    if (!used) return undefined
    const name = used.noteClass.kind === noteKinds.fact ? 'credential' : 'ticket'
    return refuse(`${name}.used`, `The ${name} was used at ${question.url}. Use another one.`)
  } catch {
    return refuse(
      'node.unavailable',
      `${question.url}, which was home to this ticket before, does not say whether it was used. Try again, or choose another message id.`,
    )
  }
}

/** One that was used there, if any; throws unless the node says of each, by its signature, that it was not. */
async function findUsed({ fetch, network, nodeSets }: NodeDeps, { url, key, used: asked }: Question) {
  const nullifiers = asked.map(({ nullifier }) => toBytes32(nullifier))
  const joined = joinSignals([], { afterMs: timeoutMs })
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/v1/nullifiers`, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nullifiers: nullifiers.map(toBase64) }),
      signal: joined.signal,
    })
    if (!response.ok) throw new FormerHomeError(`It answers ${response.status}.`)
    const { sequence, used, signature } = await readObject(response, mostBytes)
    const found = listOf(used).indexOf(true)
    if (found >= 0) return asked[found] ?? asked[0]
    const number = uint64Of(sequence)
    if (number < (nodeSets().at(-1)?.from ?? 0n)) throw new FormerHomeError('It has not heard of this set of nodes.')
    const isSigned = verifyEd25519(bytesOf(signature), unusedStatement(network.id, number, nullifiers), key)
    if (!isSigned) throw new FormerHomeError('It has not signed.')
    return undefined
  } finally {
    joined.release()
  }
}

/** A former home that does not answer as nodes do. */
class FormerHomeError extends BaseError {
  readonly code = 'node.unavailable'
}
