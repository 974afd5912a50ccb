import type { Condition } from '@pennypost/sdk/policy'

/** Each kind of condition as somebody chooses it. */
export const kindWords: Readonly<Record<Condition['kind'], string>> = {
  connection: 'I have connected with them',
  request: 'A small request, for some seconds of computing',
  stamp: 'Stamps',
  postage: 'Postage in their name',
  bond: 'A bond, which I may have burned',
  tip: 'A tip for me',
  stake: 'A stake',
  work: 'Computing time',
  holds: 'Their account holds a token or a coin',
  age: 'Their account has been used for so long',
  txCount: 'Their account has sent so many transactions',
  connected: 'Somebody has connected with their account on the chain',
  attested: 'Somebody has attested something of their account',
  interacted: 'Their account has used a contract',
  member: 'Their account is on a list',
  after: 'From a moment on',
  before: 'Until a moment',
  everyone: 'Everyone',
  nobody: 'Nobody',
}

/** What there is to fill in, by its name in the policy language. */
export const fieldWords: Readonly<Record<string, string>> = {
  count: 'How many',
  amount: 'Amount',
  class: 'Class',
  bits: 'Bits of work: one more is twice as much',
  asset: 'Token or coin',
  decimals: 'Its decimals',
  slot: 'Slot of its balances, by proof only',
  chain: 'Chain',
  days: 'Days',
  resolver: 'Contract that keeps connections',
  granter: 'Who has connected',
  service: 'Attestation service',
  schema: 'Schema',
  attester: 'Who attests',
  where: 'Tests of its fields',
  contract: 'Contract',
  root: 'Root of the list',
  time: 'Moment, in UTC',
  issuers: 'How many issuers attest it; 0 for a proof, where there is one',
}

/** How a name is written. */
export const formExamples = {
  chain: 'eip155:1',
  asset: 'eip155:1/erc721:0x…',
  contract: 'eip155:1:0x…',
  address: '0x… (40 digits)',
  hash: '0x… (64 digits)',
  time: '2026-12-01T12:00Z',
  tests: 'score >= 40 where level = gold',
} as const
