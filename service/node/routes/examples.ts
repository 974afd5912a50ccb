// What the OpenAPI document shows: one story, told by a test, in which requests are answered by what is here.

const infoOf = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'pennypost',
})

/** Of the paths of XMTP V2. */
export const v2Examples = {
  refused: {
    code: 16,
    message: 'token.missing: Publishing takes a bearer token.',
    details: [infoOf('token.missing')],
  },
  failed: {
    code: 14,
    message: 'database.unavailable: The database cannot be reached.',
    details: [infoOf('database.unavailable')],
  },
  publish: {
    body: {
      envelopes: [
        {
          contentTopic: '/xmtp/0/m-example/proto',
          timestampNs: '1767225600000000000',
          message: 'Z20=',
        },
      ],
    },
    answer: {},
  },
  query: {
    body: {
      contentTopics: ['/xmtp/0/m-example/proto'],
      pagingInfo: {
        limit: 10,
        direction: 'SORT_DIRECTION_DESCENDING',
      },
    },
    answer: {
      envelopes: [
        {
          contentTopic: '/xmtp/0/m-example/proto',
          timestampNs: '1767225600000000000',
          message: 'Z20=',
        },
      ],
      pagingInfo: {
        limit: 0,
        cursor: null,
        direction: 'SORT_DIRECTION_DESCENDING',
      },
    },
  },
  batchQuery: {
    body: {
      requests: [
        {
          contentTopics: ['/xmtp/0/m-example/proto'],
          pagingInfo: {
            limit: 10,
            direction: 'SORT_DIRECTION_DESCENDING',
          },
        },
      ],
    },
    answer: {
      responses: [
        {
          envelopes: [
            {
              contentTopic: '/xmtp/0/m-example/proto',
              timestampNs: '1767225600000000000',
              message: 'Z20=',
            },
          ],
          pagingInfo: {
            limit: 0,
            cursor: null,
            direction: 'SORT_DIRECTION_DESCENDING',
          },
        },
      ],
    },
  },
  subscribe: {
    body: {
      contentTopics: ['/xmtp/0/m-example/proto'],
    },
    answer: {
      result: {
        contentTopic: '/xmtp/0/m-example/proto',
        timestampNs: '1767225600000000000',
        message: 'Z20=',
      },
    },
  },
  subscribeAll: {
    body: {},
    answer: {
      result: {
        contentTopic: '/xmtp/0/m-example/proto',
        timestampNs: '1767225600000000000',
        message: 'Z20=',
      },
    },
  },
}

const health = {
  status: 'ok',
  position: '8',
  checkpoint: {
    sequence: '1',
    issuedAt: 1767225600,
  },
  provers: [
    {
      url: 'http://prover.test',
      ok: true,
      lastSeen: 1767225600,
    },
  ],
  doubt: null,
}

/** Of the node itself. */
export const aboutExamples = {
  info: {
    time: 1767225600,
    nodeKey: '0/VOF6zcRES47sD+FL1HaCvcrj8j8byyDNXmBQmxzcg=',
    network: {
      name: 'pennypost-local',
      id: '0x7506a8511852d8ea2b11bcc81c64f3f1044fc63aa7129c6494c777436eb5f45f',
    },
    decimals: 18,
    floor: 'everyone',
    defaultRule: 'connection or request or stamp 1 or age eip155:1 >= 90 days',
    requestBits: 20,
    unattended: { rule: 'stamp 2', days: 365, letters: 256, units: 2048 },
    checkpointSequence: '1',
    stampClasses: [
      {
        number: 1,
        price: '0.01',
        unitsPerTicket: 4,
        laneTtl: 86400,
      },
    ],
    stakeClasses: [],
    payments: [],
    limits: {
      bodyBytes: 14500000,
      unitBytes: 4096,
      laneUnits: 4096,
      laneSeconds: 604800,
      requestsPerDay: 3,
      unitsPerWalletAndDay: null,
      queryRows: 100,
      topics: 10000,
    },
    verifier: 'mcl',
    ed25519: 'sodium-native',
    durability: 'In memory: everything is lost when the process ends.',
  },
  checkpoints: {
    checkpoints: [
      'CvQCCiB1BqhRGFLY6isRvMgcZPPxBE/GOqcSnGSUx3dDbrX0XxABGOn0ASAKKiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAATIUAgICAgICAgICAgICAgICAgICAgI4AUIgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAANKIK4gYFogVhYK5BNuMNGDn6qhyRUFakVFTy2/u+7QSHgsUiCuIGBaIFYWCuQTbjDRg5+qockVBWpFRU8tv7vu0Eh4LFpFCAESFAkJCQkJCQkJCQkJCQkJCQkJCQkJGAEiIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAjhvJvwQAAKAQwgKMFONgEaIDy1soGigEgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACSARQAAAAAAAAAAAAAAAAAAAAAAAAAAKoBIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABNElkKFOis8UOvv4sTcaIOqTTTNBgBkOrBEkHyAUamiLOlIgUAD94r54CEbIVR5SfDpWnFFVLwayycSyQnDBi5SCHaS+w6nsTu0QBGOqD6LUUOWbztNtvsFioMGw==',
    ],
  },
  health,
  unhealthy: { ...health, status: 'the store does not answer' },
  ready: {
    status: 'ready',
    missing: [],
  },
  unready: {
    status: 'not ready',
    missing: ['checkpoint.stale'],
  },
  metrics: 'pennypost_envelopes_published_total 2\n',
}
