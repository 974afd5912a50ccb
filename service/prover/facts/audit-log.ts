import { type BabyJubjubKey, equalBytes, isNoteSigned, toHex } from '@pennypost/sdk/crypto'
import { factClassOf, predicateOf } from '@pennypost/sdk/policy'
import { BaseError } from '@pennypost/sdk/verifier'
import { emptyFactChain, extendFactChain, type FactEntry, factMessageOf } from './fact-entry.ts'
import { factFromJson } from './fact-json.ts'

/** A part of an issuer's log, as it is served. */
export type LogPage = { readonly total: number; readonly entries: readonly unknown[] }

type Options = {
  /** Entries after a number. */
  readonly read: (after: number) => Promise<LogPage>
  readonly issuer: BabyJubjubKey
  /** The epoch that is current. */
  readonly epoch: number
}

/** What is in a log, and in sentences what is wrong with it. */
export type Audit = {
  readonly entries: number
  /** Distinct facts. */
  readonly facts: number
  /** Of everything that was signed, hex: whoever has it can tell later whether the past was written anew. */
  readonly chain: string
  readonly faults: readonly string[]
}

/** Reads all that an issuer says it has signed, and checks it again: the chain, each signature, each class, one block for all. */
export async function auditLog({ read, ...options }: Options): Promise<Audit> {
  const auditor = createAuditor(options)
  for (;;) {
    const { total, entries } = await read(auditor.count())
    entries.forEach(auditor.take)
    const count = auditor.count()
    if (entries.length > 0 && count <= total) continue
    return auditor.end(
      count === total ? [] : [`It counts ${total} notes and serves ${count}${count > total ? ' or more' : ''}.`],
    )
  }
}

function createAuditor(options: Omit<Options, 'read'>) {
  const [facts, known, faults] = [new Set<string>(), new Set<string>(), [] as string[]]
  const blocks = new Map<string, string>()
  let count = 0
  let chain = emptyFactChain

  function check(json: unknown): string[] {
    const entry = readEntry(json)
    if (typeof entry === 'string') return [entry]
    facts.add(predicateOf(entry.fact))
    const next = extendFactChain(chain, entry)
    chain = entry.chain
    return [
      ...faultsOf(entry, count, options),
      ...faultsOfPlace(entry, { next, known }),
      ...faultsOfBlock(entry, blocks),
    ]
  }

  return {
    count: () => count,
    take(json: unknown): void {
      count += 1
      faults.push(...check(json).map((fault) => `Note ${count}: ${fault}`))
    },
    end: (last: readonly string[]): Audit => ({
      entries: count,
      facts: facts.size,
      chain: toHex(chain),
      faults: [...faults, ...last],
    }),
  }
}

function readEntry(json: unknown): (FactEntry & { readonly chain: Uint8Array }) | string {
  try {
    return factFromJson(json)
  } catch (error) {
    if (error instanceof BaseError) return error.message
    throw error
  }
}

function faultsOf(entry: FactEntry, number: number, { issuer, epoch }: Omit<Options, 'read'>): string[] {
  const isSigned = isNoteSigned(factMessageOf(entry), entry.signature, issuer)
  return [
    ...(entry.number === number ? [] : [`it is called ${entry.number}.`]),
    ...(isSigned ? [] : ["the signature is not the issuer's over this fact, epoch and commitment."]),
    ...(entry.epoch <= epoch ? [] : [`epoch ${entry.epoch} has not begun.`]),
  ]
}

function faultsOfPlace(
  entry: FactEntry & { readonly chain: Uint8Array },
  { next, known }: { next: Uint8Array; known: Set<string> },
): string[] {
  const account = toHex(entry.alias)
  const isSecond = known.has(account)
  known.add(account)
  return [
    ...(equalBytes(next, entry.chain) ? [] : ['its hash does not follow from all that is before it.']),
    ...(isSecond ? ['it is a second one of the same account, fact and epoch.'] : []),
  ]
}

/** All facts of a chain are judged by one block in an epoch. */
function faultsOfBlock({ fact, epoch, block: { number, hash } }: FactEntry, blocks: Map<string, string>): string[] {
  const { chainId } = factClassOf(fact)
  const name = `${chainId} ${epoch}`
  const first = blocks.get(name) ?? hash
  blocks.set(name, first)
  if (first === hash) return []
  return [`it is judged by block ${number} of chain ${chainId}, and others of its epoch by another one.`]
}
