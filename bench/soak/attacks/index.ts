import { unreadAnswers } from './answers.ts'
import type { Attack } from './attack.ts'
import { emptyPartBodies, largeBodies, largeBodiesWithoutToken, manyTopics, refusedPublishes } from './bodies.ts'
import { slowConnections } from './connections.ts'
import { allowances, parkingFlood } from './keeping.ts'
import { falseProofs } from './lanes.ts'
import { droppedStreams, stalledStreams } from './streams.ts'

/** Every attack by its name, in the order in which they come. */
export const attacks = {
  'empty parts': emptyPartBodies,
  'refused publishes of 1,000': refusedPublishes,
  'streams that are not read': stalledStreams,
  'streams opened and dropped': droppedStreams,
  '200 false proofs at once': falseProofs,
  'first contacts that are parked': parkingFlood,
  'allowances used up': allowances,
  'large bodies without a token': largeBodiesWithoutToken,
  'large bodies': largeBodies,
  '10,000 topics in one query': manyTopics,
  'answers that are not read': unreadAnswers,
  'slow connections': slowConnections,
} as const satisfies Readonly<Record<string, Attack>>

export type AttackName = keyof typeof attacks

export const attackNames = Object.keys(attacks) as AttackName[]
