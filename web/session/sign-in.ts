import type { Client, ClientOptions, Storage } from '@pennypost/sdk'
import workerUrl from '@pennypost/sdk/evidence/worker?worker&url'
import { signal } from '@preact/signals'
import { chainFor, isChainOpen } from '../money/chain-for.ts'
import type { NetworkInfo } from '../network/read-network.ts'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'
import { readDevice } from './device.ts'
import { forgetSession, keepSignatures, keptWallet } from './keep-session.ts'
import { openStorage } from './open-storage.ts'
import { watchedFetch } from './watch-node.ts'

/** Who is signed in. */
export type Session = {
  readonly client: Client
  readonly info: NetworkInfo
  readonly storage: Storage
  readonly wallet: ConnectedWallet
  /** Opens the same account anew, with what was said of this device since; the wallet is asked for nothing that it has signed. */
  reopen(): Promise<void>
}

/** The one who is; undefined before and after. */
export const session = signal<Session | undefined>(undefined)

/** Codes of parts that the client goes on without. */
export const degraded = signal<readonly string[]>([])

/** Counts what the client has told of letters that were written before the account had keys. */
export const unattendedNews = signal(0)

/** What proves: for who has something to prove. */
const evidence = () => import('@pennypost/sdk/evidence')

export type SignInOptions = Pick<ClientOptions, 'privacy'> & {
  /** Whether the person stays signed in when the page is loaded again. */
  readonly stays?: boolean
  /** Whether what is kept here is found again, so that stamps may be made ready: where the person stays, unless told otherwise. */
  readonly lasts?: boolean
}

/** Makes or restores the account's keys with its wallet, and keeps them in memory; and what opens them, encrypted, where told to. */
export async function signIn(
  info: NetworkInfo,
  chosen: ConnectedWallet,
  { stays = false, lasts = stays, ...options }: SignInOptions = {},
): Promise<void> {
  const { attachmentCodec, Client, reactionCodec, replyCodec } = await import('@pennypost/sdk')
  const { node, prover, network } = info
  const { wallet, keep } = keepSignatures(chosen)
  const folder = new URL('keys/', document.baseURI)
  const storage = openStorage(`${network.name} ${wallet.address.toLowerCase()}`, { lasts })
  const client = await Client.create(wallet, {
    ...options,
    device: await readDevice(storage),
    node,
    prover,
    network,
    chain: chainFor(info, wallet),
    codecs: [reactionCodec, replyCodec, attachmentCodec],
    fetch: watchedFetch,
    anonymousFetch: watchedFetch,
    storage,
    artifacts: async (options) => (await evidence()).loadTicketArtifacts({ folder, ...options }),
    credentialArtifacts: async (options) => (await evidence()).loadCredentialArtifacts({ folder, ...options }),
    workerUrl: new URL(workerUrl, document.baseURI),
    release: 'wait', // no wallet opens before its owner has read why
    onProgress: (event) => {
      if (event.kind === 'unattended') unattendedNews.value++
      if (event.kind === 'degraded') degraded.value = [...new Set([...degraded.value, event.code])]
    },
  })
  if (stays) await keep(`${network.name}`)
  const reopen = async () => {
    await signIn(info, wallet, { stays, lasts, ...options })
    await client.close()
  }
  session.value = { client, info, storage, wallet, reopen }
}

/** Signs in whoever has stayed so; answers whether somebody has. */
export async function signInAgain(info: NetworkInfo): Promise<boolean> {
  const wallet = await keptWallet(info)
  if (wallet) await signIn(info, wallet, { stays: true })
  return wallet !== undefined
}

/** Forgets the keys, here and on this device, once what has no copy yet is written. */
export async function signOut(): Promise<void> {
  const current = session.value
  session.value = undefined
  degraded.value = []
  isChainOpen.value = false
  if (!current) return
  await forgetSession(current.client.address)
  await current.client.close()
}
