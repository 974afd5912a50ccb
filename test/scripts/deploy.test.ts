import { execFile } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { startChain } from '../../scripts/start/chain.ts'

type Outcome = { readonly code: number; readonly stderr: string }

function runDeploy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['scripts/deploy.ts', ...args],
      { env: { ...process.env, ...env } },
      (_error, _stdout, stderr) => resolve({ code: child.exitCode ?? 0, stderr }),
    )
  })
}

describe('npm run deploy', () => {
  test.each([
    { args: [], says: 'Networks: localhost, sepolia, baseSepolia' },
    { args: ['--network', 'nowhere'], says: 'Networks: localhost, sepolia, baseSepolia' },
    { args: ['--nonsense'], says: "Unknown option '--nonsense'" },
  ])('explains itself when called with $args', async ({ args, says }) => {
    const { code, stderr } = await runDeploy(args)
    expect(code).toBe(1)
    expect(stderr).toContain(says)
  })

  test('sends nothing to a chain that is not the one it was asked for', async () => {
    const chain = await startChain()
    try {
      const env = { PENNYPOST_RPC_URL: chain.rpcUrl, PENNYPOST_DEPLOYER_KEY: chain.privateKeys[0]! }
      const { code, stderr } = await runDeploy(['--network', 'sepolia'], env)
      expect(code).toBe(1)
      expect(stderr).toContain('chain id "11155111", but connected to a chain with id "31337"')
    } finally {
      await chain.close()
    }
  })
})
