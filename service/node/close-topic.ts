import { type CloseRequest, closeStatement } from '@pennypost/sdk/codec'
import { keccak256, utf8, verifyEd25519 } from '@pennypost/sdk/crypto'
import type { NodeDeps } from './deps.ts'
import { resolveTopic } from './gates/index.ts'
import { isOn } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Draft } from './state/draft.ts'
import { laneKey, need } from './state/node-state.ts'
import { type Decided, transact } from './transact.ts'

/** Closes a conversation for good, on the word of a holder of a lane there. Closing twice changes nothing. */
export async function closeTopic(deps: NodeDeps, request: CloseRequest): Promise<{ ok: true } | Refusal> {
  const { stateKey } = resolveTopic(request.topic)
  const { lanes, topics } = deps.state
  const result = await transact(deps, {
    keys: [need(lanes, laneKey(request.use)), need(topics, stateKey)],
    decide: (draft) => decide(deps, { request, stateKey, draft }),
  })
  return result.ok ? { ok: true } : result
}

type Closing = { readonly request: CloseRequest; readonly stateKey: string; readonly draft: Draft }

function decide(deps: NodeDeps, { request, stateKey, draft }: Closing): Decided | Refusal {
  const refusal = checkClose(deps, request, stateKey)
  if (refusal) return refusal
  const state = draft.require(deps.state.topics, stateKey)
  if (!state.claimed) return refuse('topic.not-claimed', 'Only conversations claimed by lanes can be closed.')
  if (!state.closed) draft.set(deps.state.topics, stateKey, { ...state, closed: true })
  return {}
}

function checkClose({ state, network }: NodeDeps, request: CloseRequest, stateKey: string): Refusal | undefined {
  const lane = state.lanes.get(laneKey(request.use))
  if (!lane || !isOn(lane, stateKey)) return refuse('lane.unknown', 'There is no such lane on the topic.')
  const statement = closeStatement(network.id, keccak256(utf8(request.topic)))
  const isSigned = verifyEd25519(request.signature, statement, lane.holder)
  return isSigned
    ? undefined
    : refuse('envelope.signature-invalid', "The lane's holder has not signed this request to close.")
}
