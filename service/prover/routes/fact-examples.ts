// What the OpenAPI document shows of facts: a prover that a test builds answers so.

const word = (last: string): string => last.padStart(64, '0')
const id = 'f'.repeat(64)
const collection = '0x1563915e194d8cfba1943570603f7606a3115508'
const condition = `holds eip155:1/erc721:${collection}`
const signature = { r8x: '7', r8y: '8', s: '9' }

export const factExamples = {
  body: {
    condition,
    subject: '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A',
    epoch: 2_922,
    secretHash: `0x${word('5')}`,
    personHash: `0x${word('6')}`,
    signature: `0x${'1b'.repeat(65)}`,
  },
  named: {
    condition,
    subject: '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A',
    epoch: 2_922,
    as: 'vc',
    signature: `0x${'1b'.repeat(65)}`,
  },
  issued: { id, status: 'issued', credential: { classId: '3', limit: '64', expiry: '1767830400', ...signature } },
  waiting: { id, status: 'waiting', progress: { done: 12, of: 25 } },
  refused: {
    type: 'urn:pennypost:fact.not-so',
    title: 'Fact not so',
    status: 403,
    code: 'fact.not-so',
    detail: `At block 100, the account holds 0 of eip155:1/erc721:${collection}; 1 are asked for.`,
  },
  log: {
    issuer: { x: word('1'), y: word('2') },
    total: '1',
    entries: [
      {
        number: 1,
        alias: '2bb5eb6e0ca97e9a7e9b7a2d9b6b8b2d4f6d0e2a4c7d8f1e3b5a6c7d8e9f0a1b',
        condition,
        epoch: 2_922,
        block: { number: '100', hash: `0x${word('4')}` as const },
        commitment: '10',
        ...signature,
        hash: word('b'),
      },
    ],
  },
}
