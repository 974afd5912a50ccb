// What the OpenAPI document shows of lanes, of the same story.

/** One that the node of the story believes. */
const proof = 'AQEB'.repeat(85).concat('AQ==')

/** Further lanes of the story: by a stamp, by a fact without a name and with one, and one that claims a conversation. */
export const furtherLanes = {
  stamp: {
    topic: '/xmtp/0/sealed-0x1563915e194D8CfBA1943570603F7606A3115508/proto',
    holder: 'gTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q=',
    units: 1,
    expiresAt: '1767229200',
    evidence: [
      {
        condition: 4,
        ticket: {
          classNumber: 1,
          root: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE0=',
          nullifier: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAS1oc=',
          y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=',
          tag: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAU=',
          asOf: '1767225600',
          proof,
        },
      },
    ],
  },
  fact: {
    topic: '/xmtp/0/sealed-0x1563915e194D8CfBA1943570603F7606A3115508/proto',
    holder: 'DXVQdU4IAKXSN+71gmA1dmubPloVhoqUCrKJlYeI47A=',
    units: 1,
    expiresAt: '1767229200',
    evidence: [
      {
        condition: 5,
        credential: {
          issuer: 'GG+wObVjHxDuQT5PEjVPeVnLmPtlXhcJXu16GzPZHRITsbesz/AdzVDdzIOANuZ4ipz6FaR0AuSiR6c7tgvD+w==',
          nullifier: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAS1og=',
          y: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=',
          tag: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAU=',
          asOf: '1767225600',
          proof,
        },
      },
    ],
  },
  named: {
    topic: '/xmtp/0/sealed-0x1563915e194D8CfBA1943570603F7606A3115508/proto',
    holder: '7WpHo52oabVEYVXkCy2T8ePwFnviZzK656PvnY46P9M=',
    units: 1,
    expiresAt: '1767229200',
    evidence: [
      {
        condition: 5,
        claim: {
          form: 1,
          issuer: 'GG+wObVjHxDuQT5PEjVPeVnLmPtlXhcJXu16GzPZHRITsbesz/AdzVDdzIOANuZ4ipz6FaR0AuSiR6c7tgvD+w==',
          certificate: {
            key: 'XnTWPT4ORVMB/XS+qHHvbVLYHWfI+2Pj7t89rTfoAB7Mu1f6A/raU5/X3qMTCTZDn4Hlj06CNPlkCWFQ/ngbeQ==',
            eas: '6urq6urq6urq6urq6urq6urq6uo=',
            signature:
              'DthZPS/Gox4uB+cq0J/vYobzKMgWdhEUvnh04OcbYfcVqrzco8rlu5Mp3H3N+zHwVsw4i0qRJn9XhImNHypSagOCsMDnIwxrPHjRrb2bBxAhSRL4CtklBwCqLJqCd3Ym',
          },
          subject: 'XVyZ7fUpM1Fg/xgPoUHdSWf8ANI=',
          epoch: '2922',
          blockNumber: '100',
          blockHash: 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=',
          salt: 'v9Dh8gMUJTZHWGl6i5ytvs/g8QITJDVGV2h5ipusvc4=',
          signature: 'C8aVJf6Ww8uYNdXbq2P+vlbRXHcEdsz5Wn5PgzATlTpRRHs5wiGqyjDa0Q7PcLksc8EkIphgFBEA+EzylPC0Zw==',
          nullifier: 'AKJQkWASatHFbrkMLphqYcmn/smcibWHFbLuHbGINpw=',
          shown: 'uYQXl4lLleWp+smQs0ITPthsjcG3Mx9M4vC8/ENtAaI1CnejyDYLsWiuyUjrNWwL5cAZ0n8dlEuCWWj8u4bXaQE=',
        },
      },
    ],
  },
  conversation: {
    topic: '/xmtp/0/m-claimed/proto',
    holder: '7UkoxijRwsbq6QM4kFmVYSlZJzpcY/k2NsFGFKyHN9E=',
    units: 1,
    expiresAt: '1767229200',
  },
}

export const ownExamples = {
  lanes: {
    body: {
      topic: '/xmtp/0/sealed-0x1563915e194D8CfBA1943570603F7606A3115508/proto',
      holder: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=',
      units: 1,
      expiresAt: '1767229200',
      evidence: [
        {
          condition: 3,
          work: {
            nonce: '1498381',
          },
        },
      ],
    },
    answer: {
      grant: 'CiDZuAbXr3zUv8KlXp/Xa7xrHMWFT51xWuDh905IhW1RhRgBIAEogPLWygYwkI7XygY=',
      node: '0/VOF6zcRES47sD+FL1HaCvcrj8j8byyDNXmBQmxzcg=',
      signature: 'j3UaCD+E4qDprogUpnUB8j/tml2dOOefhLbVd33LCEi/KCLr+x8Uox9gG4CVV9LyGP4XziGrVFHuy35dv1NiCQ==',
    },
  },
  publish: {
    body: {
      envelopes: [
        {
          envelope: {
            contentTopic: '/xmtp/0/sealed-0x1563915e194D8CfBA1943570603F7606A3115508/proto',
            timestampNs: '1767225600000000000',
            message: 'YSBzZWFsZWQgbGV0dGVy',
          },
          use: '2bgG16981L/CpV6f12u8axzFhU+dcVrg4fdOSIVtUYU=',
          counter: 1,
          signature: 'AbRnfFuYXjljilYGV0jT1vw5cu6rQRIlBkf9HN02l9yaTYVty8jnRbjTDm5dfj18/uHeRYIwube2PzXRB0wVCQ==',
        },
      ],
    },
    answer: {
      receipts: [
        {
          digest: 'lt+MNGji2kfzqUFvUvYPbe3NW6r3H+TQoue0AR/XlDY=',
          sequence: '7',
          signature: '7+gnyhFZZeXmx3GzJr9IgFy3oIYj1LO/CUBzxuMfjXZyNPftm6bpTpftcMBrMVR1dsKkd70fD6itqD/OSloeDA==',
        },
      ],
    },
  },
  close: {
    body: {
      topic: '/xmtp/0/m-claimed/proto',
      use: '+xzxj+xAV9rzP7HKJfLMloPK7oc+S3aw/DwEJQBfv1c=',
      signature: 'IEzC7T2pGbk1GykAh3A3TzdlsLxAxYnx77uwlCRjfwDfqM0wH7aq9UP4rSWKC1yKHHeui7AEWXO1nKxYTm8sDw==',
    },
    answer: {},
  },
  nullifiers: {
    body: {
      nullifiers: ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAS1oc='],
    },
    answer: {
      sequence: '1',
      used: [false],
      signature: 'FSWKAfFqm/+dxVZjQ+2xSinXp7467gEHURHq65Y2QkmKhwBF+b0VAbg4BBsCK4tlnym1NmETxZtdyXdFCBBbAg==',
    },
  },
  subscribe: {
    body: {
      contentTopics: ['/xmtp/0/m-example/proto'],
      after: '0',
    },
    answer: {
      result: {
        contentTopic: '/xmtp/0/m-example/proto',
        timestampNs: '1767225600000000000',
        message: 'Z20=',
        sequence: '1',
      },
    },
  },
}

export const refusedLane = {
  type: 'urn:pennypost:policy.refused',
  title: 'Policy refused',
  status: 403,
  code: 'policy.refused',
  detail: 'The policy asks for more.',
  missing: [
    {
      index: 1,
      condition: 'connection',
      explanation: 'the recipient has connected with you',
    },
    {
      index: 2,
      condition: 'connection',
      explanation: 'the recipient has connected with you',
    },
    {
      index: 3,
      condition: 'request',
      explanation: 'you send a small request, paid with computing time',
    },
    {
      index: 4,
      condition: 'stamp 1',
      explanation: 'you use one stamp',
      price: '0.01',
    },
    {
      index: 5,
      condition: 'age eip155:1 >= 90 days',
      explanation: 'your account has been used on Ethereum for 90 days (an issuer of the network has attested it)',
    },
  ],
  decimals: 18,
}
