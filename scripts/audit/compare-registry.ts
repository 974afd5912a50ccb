import { type Address, toHex } from 'viem'
import { checkpointRegistryAbi as abi } from '../../sdk/generated/abis.ts'
import type { ContractParameters } from '../deployment/parameters.ts'
import { pointOf } from '../ignition/modules/economy.ts'
import { type TermsOptions, textOf } from './compare-terms.ts'

/** Whom the registry lets sign, and the network's terms in it, where the parameters say something else. */
export async function compareRegistry(options: TermsOptions): Promise<string[]> {
  const lines = [
    ...(await compareNetworkTerms(options)),
    ...(await compareIssuerKeys(options)),
    ...(await compareSigners(options)),
  ]
  return lines.map((line) => `checkpointRegistry: ${line}`)
}

/** The contract keeps only the hash of the terms; what they are it told when they came into force. */
async function compareNetworkTerms({ client, deployment, parameters: p }: TermsOptions): Promise<string[]> {
  const { checkpointRegistry: address, deployedAtBlock: fromBlock, postage, stakeRegistry, payments } = deployment
  const told = await client.getContractEvents({ address, abi, eventName: 'TermsInForce', fromBlock, strict: true })
  const newest = told.at(-1)?.args
  const hash = await client.readContract({ address, abi, functionName: 'termsHash' })
  if (newest?.termsHash !== hash) return [`the terms in force, ${hash}, are not those it told last.`]
  const { terms } = newest
  const expected = {
    floor: p.floor,
    defaultRule: p.defaultRule,
    requestBits: p.requestBits,
    checkpointSeconds: p.checkpointSeconds,
    classes: [postage, stakeRegistry, payments].map((source) => ({ source, number: 1 })),
    issuers: (p.issuers ?? []).map(({ url, ...key }) => ({ url, ...pointOf(key) })),
  }
  const actual = { ...terms, classes: terms.classes.map(({ source, number }) => ({ source, number })) }
  return Object.entries(expected).flatMap(([name, value]) => {
    const [found, meant] = [textOf(actual[name as keyof typeof expected]), textOf(value)]
    return found === meant ? [] : [`its term ${name} is ${found}, not ${meant}.`]
  })
}

/** Keys that terms could name from one day to the next. */
async function compareIssuerKeys({ client, deployment, parameters: { issuers = [] } }: TermsOptions) {
  const { checkpointRegistry: address, deployedAtBlock: fromBlock } = deployment
  const added = await client.getContractEvents({ address, abi, eventName: 'IssuerAdded', fromBlock, strict: true })
  const foreign = added
    .map(({ args }) => args)
    .filter(({ x, y }) => !issuers.map(pointOf).some((key) => key.x === x && key.y === y))
  const lines: string[] = []
  for (const { x, y } of foreign) {
    const isKnown = await client.readContract({ address, abi, functionName: 'isIssuer', args: [x, y] })
    if (isKnown) lines.push(`its terms may name the issuer ${wordOf(x)}, ${wordOf(y)}.`)
  }
  return [...new Set(lines)]
}

const wordOf = (value: bigint): string => toHex(value, { size: 32 })

/** Who was announced and left no bond yet is not missing. */
async function compareSigners({ client, deployment, parameters }: TermsOptions): Promise<string[]> {
  if (!parameters.signers) return []
  const registry = { address: deployment.checkpointRegistry, abi } as const
  const inOffice = await client.readContract({ ...registry, functionName: 'signers' })
  const next = await client.readContract({ ...registry, functionName: 'announced' })
  const among = (list: readonly Address[]) => {
    const known = new Set(list.map((one) => one.toLowerCase()))
    return (account: Address) => known.has(account.toLowerCase())
  }
  const isMeant = among(parameters.signers)
  const isThere = among([...inOffice, ...next.signers])
  return [
    ...inOffice.filter((one) => !isMeant(one)).map((one) => `${one} signs.`),
    ...next.signers.filter((one) => !isMeant(one)).map((one) => `${one} may become a signer.`),
    ...parameters.signers.filter((one) => !isThere(one)).map((one) => `${one} does not sign.`),
    ...(await compareOffice({ client, deployment, parameters }, { inOffice, next })),
  ]
}

type Signers = {
  readonly inOffice: readonly Address[]
  readonly next: { readonly signers: readonly Address[]; readonly threshold: bigint }
}

async function compareOffice({ client, deployment, parameters }: TermsOptions, { inOffice, next }: Signers) {
  const registry = { address: deployment.checkpointRegistry, abi } as const
  const threshold = await client.readContract({ ...registry, functionName: 'threshold' })
  const endsAt = await client.readContract({ ...registry, functionName: 'officeEndsAt' })
  const { timestamp } = await client.getBlock()
  const enough = thresholdOf(parameters)
  const inForce = BigInt(Math.min(enough, inOffice.length)) // of fewer, all are needed
  return [
    ...(threshold === inForce ? [] : [`${threshold} signers are enough, not ${inForce}.`]),
    ...(next.signers.length === 0 || next.threshold === BigInt(enough)
      ? []
      : [`${next.threshold} of the next signers will be enough, not ${enough}.`]),
    ...(inOffice.length === 0 || endsAt >= timestamp
      ? []
      : [`the signers' office ended at ${new Date(Number(endsAt) * 1000).toISOString()}.`]),
  ]
}

/** More than half where the parameters do not say, as at the deployment. */
const thresholdOf = ({ signers = [], threshold = Math.floor(signers.length / 2) + 1 }: ContractParameters): number =>
  threshold
