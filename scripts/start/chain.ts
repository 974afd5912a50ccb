import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import { type Hex, toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import config from '../../hardhat.config.ts'

const mnemonic = 'test test test test test test test test test test test junk'
const accountCount = 20
/** A chain at rest gets a block from time to time: without one no checkpoint is signed, and clients refuse an old one. */
const idleBlockMs = 600_000
/** A server that closes while an answer is on its way waits for three seconds until the connection is given up. */
const answeringMs = 20

/** A chain in this process that answers JSON-RPC on the loopback interface. */
export type Chain = {
  readonly rpcUrl: string
  /** Keys of accounts that have 10,000 development ether each. Everybody knows them. */
  readonly privateKeys: readonly Hex[]
  readonly close: () => Promise<void>
}

type Options = {
  /** 0 (default) takes a free port. */
  readonly port?: number
  /** 31,337 by default. */
  readonly chainId?: number
  /** A block per transaction (default), or one every so many milliseconds. */
  readonly mining?: 'auto' | { readonly interval: number }
}

/** Starts a development chain (Hardhat's EDR). It lives in memory and goes with the process. */
export async function startChain({ port = 0, mining = 'auto', chainId = 31_337 }: Options = {}): Promise<Chain> {
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...config,
      // The chain would read all that was ever compiled, two seconds long, only to say in words what reverts say in data.
      paths: { ...config.paths, artifacts: 'artifacts/none' },
      networks: {
        local: {
          type: 'edr-simulated',
          chainId,
          accounts: { mnemonic, count: accountCount },
          allowBlocksWithSameTimestamp: true, // keeps the chain's clock with the wall's, however many blocks a second
          mining:
            mining === 'auto' ? { auto: true, interval: idleBlockMs } : { auto: false, interval: mining.interval },
        },
      },
    },
    {},
    resolve(import.meta.dirname, '../..'),
  )
  const server = await hre.network.createServer('local', '127.0.0.1', port)
  const { address, port: taken } = await server.listen()

  return {
    rpcUrl: `http://${address}:${taken}`,
    privateKeys: readKeys(),
    async close() {
      await pause(answeringMs)
      await server.close()
    },
  }
}

function readKeys(): Hex[] {
  const parent = mnemonicToAccount(mnemonic, { path: "m/44'/60'/0'/0" }).getHdKey()
  return Array.from({ length: accountCount }, (_, index) => {
    const { privateKey } = parent.deriveChild(index)
    if (!privateKey) throw new Error('The development mnemonic gives no private key.')
    return toHex(privateKey)
  })
}
