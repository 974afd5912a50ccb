import { ownedTopic } from '@pennypost/sdk/codec'
import { type Address, addressToBytes, networkIdOf, zeroAddress } from '@pennypost/sdk/crypto'
import { effectiveRule, parseRule } from '@pennypost/sdk/policy'
import { BaseError, credentialKey, ticketKey } from '@pennypost/sdk/verifier'
import { createMclGroth16Of } from '@pennypost/sdk/verifier/mcl'
import { followCheckpoints } from './checkpoints.ts'
import type { Host, No } from './open-lane.ts'
import { openStore } from './store.ts'

function env(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set.`)
  return value
}

/** Puts a host together from its environment, and follows the prover every few seconds. */
export async function createHost(): Promise<Host> {
  const owner = env('OWNER') as Address
  const networkId = networkIdOf(env('NETWORK'))
  const store = openStore(env('DATABASE'))
  const trust = {
    networkId,
    chainId: BigInt(env('CHAIN_ID')),
    noteTree: env('NOTE_TREE') as Address,
    registry: (process.env.CHECKPOINT_REGISTRY ?? zeroAddress) as Address,
    signers: [env('SIGNER') as Address],
    threshold: 1,
  }
  const checkpoints = followCheckpoints({ prover: env('PROVER_URL'), trust, store })
  await checkpoints.poll()
  setInterval(() => checkpoints.poll().catch(console.error), 2_000).unref()
  return {
    networkId,
    topic: ownedTopic('sealed', owner),
    policy: {
      rule: effectiveRule(parseRule('everyone'), parseRule('stamp 1')), // whoever has a stamp
      version: BigInt(env('POLICY_VERSION')),
      recipient: addressToBytes(owner),
      requestBits: 0,
    },
    checkpoint: checkpoints.view,
    groth16: await createMclGroth16Of({ ticket: ticketKey, credential: credentialKey }),
    store,
    seed: Buffer.from(env('HOST_KEY'), 'hex'),
  }
}

/** How a refusal is answered, and a body that cannot be read; anything else is the framework's to answer. */
export function problemOf(problem: unknown) {
  if (isNo(problem)) return { status: used.has(problem.code) ? 409 : 403, code: problem.code, detail: problem.message }
  if (problem instanceof BaseError) return { status: 400, code: problem.code, detail: problem.message }
  throw problem
}

const used = new Set(['ticket.used', 'credential.used'])

const isNo = (value: unknown): value is No => (value as Partial<No>).ok === false
