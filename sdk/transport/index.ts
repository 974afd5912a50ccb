export {
  type AnonymousNode,
  type AnonymousNodeOptions,
  type AnonymousSubscribeOptions,
  createAnonymousNode,
} from './anonymous-node.ts'
export { NodeRefusedError, NodeResponseError, NodeUnavailableError } from './errors.ts'
export type { Fetch } from './exchange.ts'
export type { NodeInfo } from './info.ts'
export type {
  CloseTopicInit,
  LanePublishInit,
  LaneRefusal,
  LaneRequestInit,
  MissingCondition,
  Receipts,
} from './lane.ts'
export { createNamedNode, type NamedNode, type NamedNodeOptions, type NamedSubscribeOptions } from './named-node.ts'
export type { Problem } from './problem.ts'
export { isRecord } from './problem.ts'
export {
  askProver,
  type ChainConnection,
  createProverClient,
  type LeafPage,
  type OperationPage,
  type ProverClient,
  type ProverPage,
  ProverRefusedError,
  ProverResponseError,
  ProverUnavailableError,
} from './prover-client.ts'
export type { CallOptions, PageRequest, QueryOptions } from './query.ts'
export type { Page, TaggedEnvelope } from './query-json.ts'
export type { StreamedEnvelope, SubscribeOptions, Subscription } from './subscribe.ts'
