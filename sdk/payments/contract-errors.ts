/** What a contract's error means to the caller. */
export type Meaning = {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** Names for the number that its first value is. */
  readonly fields?: readonly string[]
}

const tokens = {
  EnforcedPause: {
    code: 'postage.paused',
    message: 'New payments are paused.',
    hint: 'What was already bought, paid or staked goes on working.',
  },
  SafeERC20FailedOperation: { code: 'token.failed', message: 'The token refused a transfer.' },
  CodeMissing: { code: 'deployment.no-contract', message: 'There is no contract at an address that is to be one.' },
  FundsNotDestroyed: { code: 'token.not-destroyed', message: 'The token did not destroy what was due.' },
  FundsNotReceived: { code: 'token.not-received', message: 'Less of the token arrived than was due.' },
  ReentrancyGuardReentrantCall: { code: 'token.reentered', message: 'The token called back into the contract.' },
  ERC20InsufficientAllowance: {
    code: 'token.allowance-too-low',
    message: 'The contract is not allowed to take that many tokens.',
  },
  ERC20InsufficientBalance: { code: 'token.balance-too-low', message: 'The account does not have that many tokens.' },
  ERC20InvalidApprover: { code: 'token.account-invalid', message: 'The token does not accept this owner.' },
  ERC20InvalidReceiver: { code: 'token.account-invalid', message: 'The token does not accept this receiver.' },
  ERC20InvalidSender: { code: 'token.account-invalid', message: 'The token does not accept this sender.' },
  ERC20InvalidSpender: { code: 'token.account-invalid', message: 'The token does not accept this spender.' },
  ERC2612ExpiredSignature: { code: 'token.permit-expired', message: 'The permit has expired.' },
  ERC2612InvalidSigner: { code: 'token.permit-invalid', message: 'The permit is not signed by the owner.' },
  InvalidAccountNonce: { code: 'token.permit-invalid', message: 'The permit was used before.' },
  ECDSAInvalidSignature: { code: 'token.permit-invalid', message: "The permit's signature is invalid." },
  ECDSAInvalidSignatureLength: { code: 'token.permit-invalid', message: "The permit's signature is invalid." },
  ECDSAInvalidSignatureS: { code: 'token.permit-invalid', message: "The permit's signature is invalid." },
} as const satisfies Record<string, Meaning>

const stamps = {
  PostageClassUnknown: { code: 'postage.class-unknown', message: 'There is no such class of stamps.' },
  PostageClassClosed: { code: 'postage.class-closed', message: 'This class of stamps is no longer sold.' },
  PostageClassOutOfRange: {
    code: 'postage.class-out-of-range',
    message: 'The terms of a class are out of range.',
    fields: ['price', 'unitsPerTicket', 'laneTtl', 'rootWindow', 'noteTtl'],
  },
  PostageCountOutOfRange: { code: 'postage.count-out-of-range', message: 'A note holds 1 to 256 stamps.' },
  PostageNotDestroyed: { code: 'postage.not-destroyed', message: 'The token did not destroy what the stamps cost.' },
  NoteTreeNotInserter: { code: 'note-tree.not-inserter', message: 'This contract may not add notes to the tree.' },
  NoteTreeNotForStakes: { code: 'note-tree.not-for-stakes', message: 'This contract may not reveal secrets.' },
  NoteTreeInserterKnown: { code: 'note-tree.inserter-known', message: 'This contract may already add notes.' },
  NoteTreeKindUnknown: { code: 'note-tree.kind-unknown', message: 'There is no such kind of note.' },
  NoteTreeCommitmentOutOfRange: {
    code: 'note-tree.commitment-out-of-range',
    message: 'The commitment is not a field element.',
  },
  NoteTreeLimitOutOfRange: { code: 'note-tree.limit-out-of-range', message: 'A note gives 1 to 256 tickets.' },
  NoteTreeExpiryOutOfRange: { code: 'note-tree.expiry-out-of-range', message: 'The expiry is too late.' },
  NoteTreeFull: { code: 'note-tree.full', message: 'All leaves of all note trees are taken.' },
  NoteTreeCapacityWrong: {
    code: 'note-tree.capacity-wrong',
    message: 'A tree has room for a power of two of notes, at most 2^20.',
  },
  NoteTreeLeafNotHeld: { code: 'note-tree.leaf-not-held', message: "This leaf is not the caller's to zero." },
  NoteTreeLogShorter: { code: 'note-tree.log-shorter', message: 'The note log has fewer operations.' },
} as const satisfies Record<string, Meaning>

const payments = {
  PaymentsOutOfRange: {
    code: 'payment.out-of-range',
    message: 'An amount, a number or a time of the payment is out of range.',
    hint: 'The values name the field and its bounds.',
    fields: ['leastBase', 'operatorShare', 'count', 'base', 'bond', 'tip', 'deliverBy'],
  },
  PaymentsClassUnknown: { code: 'payment.class-unknown', message: 'Payments have only class 1.' },
  PaymentsAlreadyMade: { code: 'payment.already-made', message: 'This very payment has already been made.' },
  PaymentsUnknown: { code: 'payment.unknown', message: 'Nobody has made this payment.' },
  PaymentsIndexPastCount: { code: 'payment.index-past-count', message: 'The payment has fewer recipients.' },
  PaymentsPathWrong: { code: 'payment.path-wrong', message: "The path's length is not the tree's depth." },
  PaymentsNotInRoot: { code: 'payment.not-in-root', message: 'The payment is not for this recipient and use.' },
  PaymentsVerdictNotSigned: {
    code: 'payment.verdict-not-signed',
    message: 'The recipient neither called nor signed this verdict.',
  },
  PaymentsAlreadySettled: { code: 'payment.already-settled', message: 'The verdict has already been given.' },
  BoundedCallGasTooLow: {
    code: 'payment.gas-too-low',
    message: 'The transaction has too little gas to settle that many verdicts.',
  },
  PaymentsOver: { code: 'payment.over', message: 'The time for a verdict is over.' },
  PaymentsNothingDue: { code: 'payment.nothing-due', message: 'Nothing of the payment is due to its sender now.' },
  OperatorPoolOperatorWrong: { code: 'operator-pool.operator-wrong', message: 'The zero address is no operator.' },
  OperatorPoolKnown: { code: 'operator-pool.known', message: 'The operator is already registered.' },
  OperatorPoolUnknown: { code: 'operator-pool.unknown', message: 'The operator is not registered.' },
  OperatorPoolNothingDue: { code: 'operator-pool.nothing-due', message: 'Nothing is due to the operator.' },
} as const satisfies Record<string, Meaning>

const stakes = {
  StakeRegistryClassUnknown: { code: 'stake.class-unknown', message: 'There is no such class of stakes.' },
  StakeRegistryClassClosed: { code: 'stake.class-closed', message: 'This class takes no new stakes.' },
  StakeRegistryClassOutOfRange: {
    code: 'stake.class-out-of-range',
    message: 'The terms of a class are out of range.',
    fields: ['amount', 'penalty', 'limit', 'epochLength', 'unitsPerTicket', 'laneTtl', 'rootWindow'],
  },
  StakeRegistryHashOutOfRange: { code: 'stake.hash-out-of-range', message: 'A hash is not a field element.' },
  StakeRegistryAlreadyStaked: {
    code: 'stake.already-staked',
    message: 'The account already has a stake, and may have only one.',
  },
  StakeRegistryNotStaked: { code: 'stake.missing', message: 'The account has no stake.' },
  StakeRegistryExiting: { code: 'stake.exiting', message: 'The exit of the stake has already been requested.' },
  StakeRegistryInForce: { code: 'stake.in-force', message: 'The stake is in force.', hint: 'Request its exit first.' },
  StakeRegistryTooEarly: { code: 'stake.too-early', message: 'The stake cannot be withdrawn yet.' },
  StakeRegistryReportKnown: { code: 'stake.report-known', message: 'The report has already been committed.' },
  StakeRegistryReportNotReady: {
    code: 'stake.report-not-ready',
    message: 'The report was not committed in an earlier block, or more than ten minutes ago.',
  },
  StakeRegistryOpeningWrong: { code: 'stake.opening-wrong', message: 'The staker declared something else.' },
  StakeRegistryOpeningTrue: { code: 'stake.opening-true', message: 'What the staker declared is true.' },
  StakeRegistryAlreadySlashed: { code: 'stake.already-slashed', message: 'The stake has already been slashed.' },
  StakeRegistryNoReward: { code: 'stake.no-reward', message: 'Nothing is due for slashing this stake.' },
  StakeRegistryRewardOpen: { code: 'stake.reward-open', message: 'An earlier report can still take the reward.' },
} as const satisfies Record<string, Meaning>

const notices = {
  NoticeRecipientWrong: { code: 'notice.recipient-wrong', message: 'The zero address cannot be notified.' },
  NoticeRefused: { code: 'notice.refused', message: 'The account wants no notices.' },
  NoticeNotOptedOut: { code: 'notice.not-opted-out', message: 'The account has not opted out of notices.' },
  NoticeBound: { code: 'notice.bound', message: 'Notices cannot be transferred.' },
  NoticeUnknown: { code: 'notice.unknown', message: 'There is no such notice.' },
  NoticePriceWrong: { code: 'notice.price-wrong', message: 'Notices cannot be free.' },
} as const satisfies Record<string, Meaning>

const registry = {
  CheckpointRegistryAlreadyBonded: { code: 'signer.already-bonded', message: 'The signer already has a bond.' },
  CheckpointRegistryNotBonded: { code: 'signer.not-bonded', message: 'The signer has no bond.' },
  CheckpointRegistryExiting: { code: 'signer.exiting', message: 'The exit of the bond has already been requested.' },
  CheckpointRegistryTooEarly: { code: 'signer.too-early', message: 'The bond cannot be withdrawn yet.' },
  CheckpointRegistryThresholdWrong: {
    code: 'signer.threshold-wrong',
    message: 'The threshold does not fit the number of signers.',
  },
  CheckpointRegistryNotYet: { code: 'signer.not-yet', message: 'No announced signers can take office yet.' },
  CheckpointRegistryTooLate: {
    code: 'signer.too-late',
    message: "The announced signers' time to take office is over.",
  },
  CheckpointRegistryIncomplete: { code: 'registry.incomplete', message: 'Token, tree, network and bond are needed.' },
  CheckpointRegistryTermOutOfRange: { code: 'terms.out-of-range', message: 'One of the terms is out of its range.' },
  CheckpointRegistryClassForeign: {
    code: 'terms.class-foreign',
    message: 'The contract has no such class in the tree.',
  },
  CheckpointRegistryIssuerUnknown: {
    code: 'issuer.unknown',
    message: "The network's terms cannot name this key as an issuer's.",
  },
  CheckpointRegistryIssuerTwice: { code: 'issuer.twice', message: 'The terms name one issuer twice.' },
  CheckpointRegistryLeaksWrong: { code: 'dispute.leaks-wrong', message: 'These secrets were not signed.' },
  CheckpointRegistryForeign: {
    code: 'dispute.foreign',
    message: 'The checkpoint is for another network, chain, note tree or registry.',
  },
  CheckpointRegistryRootsWrong: { code: 'dispute.roots-wrong', message: 'These roots were not signed.' },
  CheckpointRegistryNoSuchRoot: { code: 'dispute.no-such-root', message: 'There is no root with that number.' },
  CheckpointRegistryPreviousWrong: {
    code: 'dispute.previous-wrong',
    message: 'That is not the checkpoint that is named as the one before.',
  },
  CheckpointRegistryOperationWrong: {
    code: 'dispute.operation-wrong',
    message: 'That is not the operation in the log.',
  },
  CheckpointRegistryPathWrong: { code: 'dispute.path-wrong', message: 'The path does not lead to the root.' },
  CheckpointRegistryTrue: { code: 'dispute.true', message: 'What the checkpoint says is true.' },
  CheckpointRegistryUnrelated: { code: 'dispute.unrelated', message: 'The checkpoints do not contradict each other.' },
  CheckpointRegistryNobodyToSlash: { code: 'dispute.nobody-to-slash', message: 'None of the signers has a bond.' },
  CheckpointRegistryKeyOutsideSubgroup: {
    code: 'issuer.key-outside-subgroup',
    message: 'The key is not shown to be in the subgroup.',
  },
} as const satisfies Record<string, Meaning>

const connections = {
  ConnectionResolverSchemaForeign: { code: 'connection.schema-foreign', message: "The schema is not the resolver's." },
  ConnectionResolverNetworkWrong: {
    code: 'connection.network-wrong',
    message: 'The connection is for another network.',
  },
  ConnectionResolverWriterWrong: {
    code: 'connection.writer-wrong',
    message: 'A connection must be granted to another account.',
  },
  ConnectionResolverIrrevocable: { code: 'connection.irrevocable', message: 'A connection must be revocable.' },
  ConnectionResolverAlreadyConnected: {
    code: 'connection.already-connected',
    message: 'The two accounts are already connected.',
  },
} as const satisfies Record<string, Meaning>

const meanings = { ...tokens, ...stamps, ...payments, ...stakes, ...notices, ...registry, ...connections }

/** The code of an error of the contracts. */
export type ContractCode = (typeof meanings)[keyof typeof meanings]['code']

/** Each error of the contracts: its code and what it means to the caller. */
export const contractErrors: Readonly<Record<string, Meaning & { readonly code: ContractCode }>> = meanings
