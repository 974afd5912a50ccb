import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, type ClientOptions, type Tell } from '@pennypost/sdk'
import { orAborted } from '@pennypost/sdk/async'
import { networkIdOf, toHex } from '@pennypost/sdk/crypto'
import { createPublicClient, createWalletClient, http } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { lockDirectory, type lockPatience } from '../plugins/database/lock.ts'
import { copyAccountStorage, openAccountStorage } from './account-storage.ts'
import type { ClientKind } from './command.ts'
import type { Settings } from './settings.ts'

type Options = {
  readonly settings: Settings
  readonly signal: AbortSignal
  readonly onProgress: Tell
  /** How long to wait for another command of the account. */
  readonly patience?: typeof lockPatience
}

/** A client of an account, and how to be done with it. */
export type Opened = { readonly client: Client; close(): Promise<void> }

/** Another command of the same account may be proving, or wait for the chain. */
const longPatience = { forMs: 120_000, everyMs: 50 }

/** So long a node may take to hear that nothing more comes. */
const partingMs = 10_000

/**
 * Logs in as the only command that acts for the account: what one has begun to spend, the next one reads in the account's
 * file. One that only listens waits for nobody and keeps nothing.
 */
export async function openClient(
  wallet: PrivateKeyAccount,
  kind: ClientKind,
  { settings, signal, onProgress, patience = longPatience }: Options,
): Promise<Opened> {
  const folder = join(settings.home, 'accounts')
  const name = `${wallet.address}-${toHex(networkIdOf(settings.network)).slice(0, 8)}`
  const path = join(folder, `${name}.json`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock =
    kind !== 'listening' ? await orAborted(lockDirectory(folder, name, patience), signal) : async () => undefined
  try {
    const storage = await (kind !== 'listening' ? openAccountStorage(path) : copyAccountStorage(path))
    const device = kind === 'staking' ? settings.device : undefined // without one, no tickets are set aside
    const client = await Client.create(wallet, { ...optionsOf(settings, wallet), storage, device, signal, onProgress })
    return {
      client,
      close: () =>
        client
          .close({ signal: AbortSignal.timeout(partingMs) })
          .catch(() => undefined)
          .finally(unlock),
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

function optionsOf(settings: Settings, wallet: PrivateKeyAccount): ClientOptions {
  const { node, prover, network: name, checkpointRegistry: registry, mailPage } = settings
  const { chainId, noteTree, signers, threshold, decimals, floor, defaultRule, requestBits } = settings
  const terms = { decimals, floor, defaultRule, requestBits }
  const network = { name, chainId, noteTree, signers, threshold, registry, mailPage, ...terms }
  return { node, prover, network, chain: chainOf(settings, wallet) }
}

function chainOf(settings: Settings, account: PrivateKeyAccount): ClientOptions['chain'] {
  const { rpcUrl, token, postage, payments, stakes, notice, fromBlock } = settings
  if (rpcUrl === undefined) return undefined
  const transport = http(rpcUrl)
  return {
    publicClient: createPublicClient({ transport, pollingInterval: 1_000 }),
    walletClient: createWalletClient({ account, transport }),
    ...(token && { token }),
    ...(postage && { postage }),
    ...(payments && { payments }),
    ...(stakes && { stakes }),
    ...(notice && { notice }),
    fromBlock: BigInt(fromBlock),
  }
}
