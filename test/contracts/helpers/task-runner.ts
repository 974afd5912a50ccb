import { resolve } from 'node:path'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'
import type { Hex } from 'viem'
import config from '../../../hardhat.config.ts'

type Options = {
  readonly rpcUrl: string
  readonly keys: readonly Hex[]
  /** Where Ignition has the deployment. */
  readonly folder: string
}

/** Runs Hardhat's tasks against a chain at a URL; each answers the lines that it printed. */
export async function openTaskRunner({ rpcUrl, keys, folder }: Options) {
  const hre = await createHardhatRuntimeEnvironment(
    {
      ...config,
      paths: { ...config.paths, ignition: resolve(folder) },
      networks: { target: { type: 'http', url: rpcUrl, accounts: [...keys] } },
    },
    { network: 'target' },
    resolve(import.meta.dirname, '../../..'),
  )
  return async (act: string, given: Record<string, unknown> = {}): Promise<string[]> => {
    const lines: string[] = []
    const log = console.log
    console.log = (line: string) => lines.push(line)
    try {
      await hre.tasks.getTask(['pennypost', act]).run(given)
    } finally {
      console.log = log
    }
    return lines
  }
}
