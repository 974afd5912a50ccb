import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeSignedCheckpoint } from '../../../sdk/codec/index.ts'
import { fromHex, networkIdOf, toHex, zeroAddress } from '../../../sdk/crypto/index.ts'
import { followTree } from '../../../sdk/notes/index.ts'
import { createProverClient } from '../../../sdk/transport/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { freePort } from '../../helpers/postgres.ts'
import { makeDataDir } from '../../helpers/prover.ts'

const kills = 3

let chain: TestChain
let data: Awaited<ReturnType<typeof makeDataDir>>
let url: string
let child: ChildProcess | undefined

beforeAll(async () => {
  chain = await startTestChain()
  data = await makeDataDir()
  url = `http://127.0.0.1:${await freePort()}`
})

afterAll(async () => {
  child?.kill('SIGKILL')
  await chain?.close()
  await data?.remove()
})

/** Starts the prover as `npm run prover` does. */
function start(): ChildProcess {
  const env = {
    ...process.env,
    PENNYPOST_PORT: new URL(url).port,
    PENNYPOST_DATA_DIR: data.dataDir,
    PENNYPOST_RPC_URL: chain.rpcUrl,
    PENNYPOST_NOTE_TREE: chain.tree,
    PENNYPOST_POSTAGE: chain.postage,
    PENNYPOST_FROM_BLOCK: String(chain.deployedAtBlock),
    PENNYPOST_CONFIRMATIONS: '0',
    PENNYPOST_CHECKPOINT_SECONDS: '1',
    PENNYPOST_LOG_LEVEL: 'error',
  }
  const args = ['--disable-warning=ExperimentalWarning', 'service/prover/main.ts', '--poll-ms', '10']
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

test('a prover that is killed at any moment never signs two checkpoints with one number', async () => {
  const seen = new Map<bigint, string>()
  const client = createProverClient({ url })
  let signer: `0x${string}` | undefined
  let issuer: { x: string; y: string } | undefined
  let commitment = 0n

  /** Everything that is served; what was served before must be served again, byte by byte. */
  async function collect(): Promise<void> {
    for (const [i, signed] of (await client.checkpoints(0n)).entries()) {
      const text = toHex(encodeSignedCheckpoint(signed))
      expect(seen.get(BigInt(i)) ?? text).toBe(text)
      seen.set(BigInt(i), text)
    }
  }

  for (let round = 0; round <= kills; round++) {
    child = start()
    await expect
      .poll(
        () =>
          collect().then(
            () => seen.size,
            () => 0,
          ),
        { timeout: 90_000, interval: 20 },
      )
      .toBeGreaterThan(0)
    const info = await (await fetch(`${url}/v1/info`)).json()
    expect([signer ?? info.signer, issuer ?? info.issuer]).toEqual([info.signer, info.issuer])
    ;({ signer, issuer } = info)
    const until = performance.now() + 100 + Math.random() * 600
    while (performance.now() < until) {
      await chain.buy(++commitment)
      await collect()
    }
    if (round < kills) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }

  const place = { chainId: 31_337n, noteTree: chain.tree, registry: zeroAddress }
  const trust = { networkId: networkIdOf('pennypost-local'), ...place, signers: [signer ?? zeroAddress], threshold: 1 }
  const tree = await followTree({ prover: client, trust })
  await tree.waitFor(commitment - 1n, { pollMs: 50 })
  expect((await client.leaves(commitment, { tree: 0 })).size).toBe(Number(commitment))
  expect(tree.checkpoint?.issuers).toMatchObject([{ url, x: fromHex(issuer!.x), y: fromHex(issuer!.y) }])
  for (const name of ['signer.key', 'issuer.key']) {
    expect((await stat(join(data.dataDir, name))).mode & 0o777).toBe(0o600)
  }

  child?.kill('SIGTERM')
  const [code] = await once(child as ChildProcess, 'exit')
  expect(code).toBe(0)
})
