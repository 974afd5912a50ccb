import type { Client, Conversation } from '@pennypost/sdk'
import type { CredentialRequest, TicketRequest } from '@pennypost/sdk/evidence'
import type { followTree } from '@pennypost/sdk/notes'
import type {
  PaymentChain,
  PaymentOpening,
  PaymentRecipient,
  PaymentWallet,
  readPayment,
} from '@pennypost/sdk/payments'
import type {
  applyCheckpoint,
  CheckpointTrust,
  CheckpointView,
  checkEnvelope,
  decideLane,
  EvidenceTarget,
  KeptGrant,
  KeptReceipt,
  LaneContext,
  LaneState,
  verifyCheckpoint,
} from '@pennypost/sdk/verifier'
import type { Account, Address, Chain, Hash, Transport, WalletClient } from 'viem'

// What the examples in comments and pages may take as given.

declare global {
  const client: Client
  const conversation: Conversation
  /** One that a user has chosen. */
  const file: Blob
  /** URLs. */
  const nodeUrl: string
  /** Of a network's checkpoints. */
  const signers: readonly Address[]
  /** Accounts that keep shares of letters' keys. */
  const trustees: readonly Address[]
  const ticketRequest: TicketRequest
  const credentialRequest: CredentialRequest
  const walletClient: PaymentWallet & WalletClient<Transport, Chain, Account>
  const publicClient: PaymentChain
  const contracts: Record<'postage' | 'token' | 'payments' | 'stakes' | 'notice' | 'operatorPool' | 'noteTree', Address>
  const recipient: Address
  const sender: Address
  const hash: Hash
  const terms: Parameters<typeof readPayment>[0]['terms']
  const opening: PaymentOpening
  const openings: readonly PaymentOpening[]
  const recipients: readonly PaymentRecipient[]
  const identityPrivateKey: Uint8Array
  const seed: Uint8Array
  const prover: Parameters<typeof followTree>[0]['prover']
  const leaf: bigint
  const request: Parameters<typeof decideLane>[0]
  const context: LaneContext
  const lane: LaneState
  const received: EvidenceTarget
  const published: Parameters<typeof checkEnvelope>[1]
  const signed: Parameters<typeof verifyCheckpoint>[0]
  const checkpoint: Parameters<typeof applyCheckpoint>[1]
  const trust: CheckpointTrust
  const view: CheckpointView | undefined
  const networkId: Uint8Array
  const owner: Uint8Array
  const tag: Uint8Array
  const nullifier: Uint8Array
  const nodeKey: Uint8Array
  const bytes: Uint8Array
  const receipt: KeptReceipt
  const grants: readonly [KeptGrant, KeptGrant]
}
