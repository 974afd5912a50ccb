export { NodeRefusedError, NodeResponseError, NodeUnavailableError, type Problem } from './errors.ts'
export type { NodeInfo, StampClass } from './info.ts'
export type { CloseTopicInit, LanePublishInit, LaneRefusal, LaneRequestInit, MissingCondition } from './lane.ts'
export {
  type CallOptions,
  createNodeClient,
  type NodeClient,
  type NodeClientOptions,
  type PageRequest,
  type QueryOptions,
} from './node-client.ts'
export {
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
export type { Page, TaggedEnvelope } from './query-json.ts'
export type { Fetch } from './request.ts'
export type { StreamedEnvelope, SubscribeOptions, Subscription } from './subscribe.ts'
