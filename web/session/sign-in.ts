import type { Client } from '@pennypost/sdk'
import workerUrl from '@pennypost/sdk/evidence/worker?worker&url'
import { signal } from '@preact/signals'
import type { NetworkInfo } from '../network/read-network.ts'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'
import { openStorage } from './open-storage.ts'
import { watchedFetch } from './watch-node.ts'

/** Who is signed in. */
export type Session = { readonly client: Client; readonly info: NetworkInfo }

/** The one who is; undefined before and after. */
export const session = signal<Session | undefined>(undefined)

/** Codes of parts that the client goes on without. */
export const degraded = signal<readonly string[]>([])

/** What proves: for who has something to prove. */
const evidence = () => import('@pennypost/sdk/evidence')

/** Makes or restores the account's keys with its wallet, and keeps them in memory. */
export async function signIn(info: NetworkInfo, wallet: ConnectedWallet): Promise<void> {
  const { Client } = await import('@pennypost/sdk')
  const { node, prover, network } = info
  const folder = new URL('keys/', document.baseURI)
  const client = await Client.create(wallet, {
    node,
    prover,
    network,
    fetch: watchedFetch,
    anonymousFetch: watchedFetch,
    storage: openStorage(`${network.name} ${wallet.getAddress().toLowerCase()}`),
    artifacts: async (options) => (await evidence()).loadTicketArtifacts({ folder, ...options }),
    credentialArtifacts: async (options) => (await evidence()).loadCredentialArtifacts({ folder, ...options }),
    workerUrl: new URL(workerUrl, document.baseURI),
    onProgress: (event) => {
      if (event.kind === 'degraded') degraded.value = [...new Set([...degraded.value, event.code])]
    },
  })
  session.value = { client, info }
}

/** Forgets the keys, once what has no copy yet is written. */
export async function signOut(): Promise<void> {
  const current = session.value
  session.value = undefined
  degraded.value = []
  await current?.client.close()
}
