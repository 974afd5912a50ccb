// What the OpenAPI document shows: a prover that a test builds answers so.

const word = (last: string): string => `0x${last.padStart(64, '0')}`
const signer = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const contract = '0x1563915e194D8CfBA1943570603F7606A3115508'

/** What is answered where nothing is signed yet. */
export const noCheckpointYet = {
  type: 'urn:pennypost:checkpoint.none',
  title: 'Checkpoint none',
  status: 404,
  code: 'checkpoint.none',
  detail: 'None is signed yet.',
}

export const examples = {
  account: signer,
  checkpoints: { checkpoints: ['CgIQAQ=='] },
  checkpoint: { checkpoint: 'CgIQAQ==' },
  leaves: { operations: '1', tree: 0, capacity: 4, size: 1, from: 0, leaves: `${'A'.repeat(42)}U=` },
  nodes: { operations: '1', tree: 0, nodes: `${'A'.repeat(42)}U=` },
  operations: {
    total: '1',
    operations: [
      {
        index: 0,
        kind: 'append',
        leafIndex: 0,
        commitment: `${'A'.repeat(42)}U=`,
        classId: `${'A'.repeat(42)}E=`,
        limit: 8,
        expiry: 1_798_761_600,
      },
    ],
  },
  leaks: {
    leaks: [{ contract, staker: signer, classNumber: 1, leafIndex: 0, secret: word('5'), status: 'slashed' }],
  },
  disputes: {
    disputes: [
      {
        source: 'https://prover.example',
        sequence: '1',
        digest: word('7'),
        signers: [signer],
        status: 'slashed',
        call: 'slashFalseRoot',
      },
    ],
  },
  connections: {
    block: '10',
    connections: [{ granter: signer, writer: contract, uid: word('9'), expiresAt: 0 }],
  },
  info: {
    network: 'pennypost-local',
    networkId: '7506a8511852d8ea2b11bcc81c64f3f1044fc63aa7129c6494c777436eb5f45f',
    chainId: 31_337,
    noteTree: contract,
    postage: [],
    stakes: [],
    payments: [],
    connections: [],
    signer,
    issuer: {
      x: '0bb77a6ad63e739b4eacb2e09d6277c12ab8d8010534e0b62893f3f6bb957051',
      y: '25797203f7a0b24925572e1cd16bf9edfce0051fb9e133774b3c257a872d7d8b',
    },
    nodes: [{ url: 'https://node.example', key: '11'.repeat(32) }],
  },
  health: {
    status: 'ok',
    head: '10',
    block: '10',
    secondsSinceWell: 0,
    operations: '1',
    checkpoint: { sequence: '1', operations: '1', ageSeconds: 0 },
    nodes: [{ url: 'https://node.example', ok: true }],
  },
  ready: { status: 'ready', missing: [] },
  unready: { status: 'not ready', missing: ['chain.unavailable', 'checkpoint.stale'] },
  metrics: 'pennypost_operations_read_total 1\n',
}
