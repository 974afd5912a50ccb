import { expect, test } from 'vitest'
import { nodeSettings } from '../../../service/node/config.ts'
import { completeConfig } from '../../../service/node/index.ts'
import { showSettings } from '../../../service/plugins/show-settings.ts'
import { proverSettings } from '../../../service/prover/config.ts'

test('every setting of a node is shown, but not the password of its database', () => {
  const config = completeConfig({ databaseUrl: 'postgres://node:s3cret@db.test/mail?password=s3cret', port: 1 })
  const shown = showSettings(nodeSettings, config)
  expect(Object.keys(shown)).toEqual(Object.values(nodeSettings).map(({ name }) => name))
  expect(shown).toMatchObject({
    PENNYPOST_PORT: 1,
    PENNYPOST_DATABASE_URL: 'postgres://node:hidden@db.test/mail?hidden',
  })
  expect(JSON.stringify(shown)).not.toContain('s3cret')
})

test('a prover shows neither its keys nor what the URL of its endpoint lets in with', () => {
  const shown = showSettings(proverSettings, {
    signerKey: '0xs3cret',
    issuerKey: '0xs3cret',
    reporterKey: '0xs3cret',
    rpcUrl: 'https://user:s3cret@rpc.test/v2/s3cret?key=s3cret, https://b.test/s3cret',
    nodes: [{ url: 'http://node.test', key: new Uint8Array([1]) }],
  })
  expect(shown).toMatchObject({
    PENNYPOST_RPC_URL: 'rpc.test, b.test',
    PENNYPOST_SIGNER_KEY: 'hidden',
  })
  expect(JSON.stringify(shown)).not.toContain('s3cret')
})
