import { type CloseRequest, closeStatement } from '@pennypost/sdk/codec'
import { keccak256, utf8, verifyEd25519 } from '@pennypost/sdk/crypto'
import { changeOf } from './change.ts'
import type { NodeDeps } from './deps.ts'
import { placeTopic } from './gates/index.ts'
import { isOn } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'
import { createDraft } from './state/draft.ts'
import { laneKey, need, withState } from './state/node-state.ts'

/** Closes a conversation for good, on the word of a holder of a lane there. Closing twice changes nothing. */
export async function closeTopic(deps: NodeDeps, request: CloseRequest): Promise<{ ok: true } | Refusal> {
  const place = placeTopic(request.topic)
  const { lanes, topics } = deps.state
  let writing: Promise<unknown> | undefined
  const refusal = await withState([need(lanes, laneKey(request.use)), need(topics, place.stateKey)], () => {
    const draft = createDraft()
    const refused = checkClose(deps, request, place.stateKey)
    if (refused) return refused
    const state = draft.require(topics, place.stateKey)
    if (state.closed) return undefined
    if (!state.claimed) return refuse('topic.not-claimed', 'Only conversations claimed by lanes can be closed.')
    draft.set(topics, place.stateKey, { ...state, closed: true })
    writing = draft.commit(() => deps.store.write(changeOf(deps, draft)))
    return undefined
  })
  await writing
  return refusal ?? { ok: true }
}

function checkClose({ state, network }: NodeDeps, request: CloseRequest, stateKey: string): Refusal | undefined {
  const lane = state.lanes.get(laneKey(request.use))
  if (!lane || !isOn(lane, stateKey)) return refuse('lane.unknown', 'There is no such lane on the topic.')
  const statement = closeStatement(network.id, keccak256(utf8(request.topic)))
  const isSigned = verifyEd25519(request.signature, statement, lane.holder)
  return isSigned ? undefined : refuse('envelope.signature-invalid', "The lane's holder has not signed the closing.")
}
