import { createQueue, orAborted, pause } from '@pennypost/sdk/async'
import { randomBytes } from '@pennypost/sdk/crypto'
import type { FactProgress } from '@pennypost/sdk/facts'
import { chainOf } from '@pennypost/sdk/policy'
import { BaseError, factEpochOf } from '@pennypost/sdk/verifier'
import type { Clock } from '../../plugins/clock.ts'
import type { ClaimSigner, IssuerKey } from '../issuing/index.ts'
import type { FactStore } from '../store/index.ts'
import type { FactChain } from './fact-chain.ts'
import { createFactJobs, type FactJob, type FactOutcome } from './fact-jobs.ts'
import { type FactJson, factToJson } from './fact-json.ts'
import { createFactQueue } from './fact-queue.ts'
import { found, refuse } from './fact-refusal.ts'
import { type Asked, type FactBody, readRequest } from './fact-request.ts'
import { findRecord, hasSignedItself, type Issuing, issueFact } from './issue-fact.ts'
import { leftOff } from './scan.ts'
import { createVerdicts } from './verdicts.ts'

/** What issues notes of facts, and claims by name. */
export type Facts = {
  readonly key: Pick<IssuerKey, 'x' | 'y'>
  readonly claims: ClaimSigner
  /** Answers a request, or with what is under way where that takes longer. */
  ask(body: FactBody, who: string): Promise<FactOutcome | FactJob>
  /** What became of a request, or what is under way; undefined where nobody has asked so. */
  find(id: string): Promise<FactOutcome | FactJob | undefined>
  /** What was signed after a number, oldest first, and how much that is. */
  log(page: { after: number; limit: number }): Promise<{ total: number; entries: FactJson[] }>
}

type Options = {
  readonly key: IssuerKey
  readonly claims: ClaimSigner
  readonly networkId: Uint8Array
  readonly store: FactStore
  readonly chains: ReadonlyMap<bigint, FactChain>
  /** The network's own chain, whose contracts sign for facts of no chain. */
  readonly home: bigint
  readonly clock: Clock
  readonly limits: 'on' | 'off'
  /** Milliseconds that a long look goes on before others have their turn; five seconds unless given. */
  readonly turnMs?: number | undefined
  /** Ends all looking. */
  readonly signal: AbortSignal
  /** Hears what went wrong with a chain. */
  readonly onFault: (error: unknown) => void
}

/** Looked up at a time, and waiting: of one caller, and of all. */
const bounds = { running: 4, ofCaller: 4, overall: 256 }
/** So long a request waits for its answer; then it is told how far it has come. */
const patienceMs = 2_000
/** So long one turn of looking for a fact may take, and so long one goes on that can be left off. */
const [lookMs, usualTurnMs] = [60_000, 5_000]

/** Issues notes of facts about accounts on some chains. */
export async function openFacts(options: Options): Promise<Facts> {
  const { key, claims, networkId, store, turnMs = usualTurnMs, limits, signal, onFault } = options
  const issuing = await createIssuing(options)
  const queue = createFactQueue(limits === 'on' ? bounds : { ...bounds, ofCaller: bounds.overall })
  const jobs = createFactJobs()

  async function look(asked: Asked, open: Open, onProgress: (progress: FactProgress) => void) {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(lookMs)])
    try {
      return await orAborted(issueFact(issuing, asked, { ...open, signal: ending, onProgress, turnMs }), ending)
    } catch (error) {
      const isOfChain = error instanceof BaseError && error.code.startsWith('chain.')
      if (signal.aborted || !(isOfChain || ending.aborted)) throw error
      onFault(error)
      return refuse('chain.unavailable', 'The chain cannot be read at the moment.')
    }
  }

  function begin(asked: Asked, open: Open, who: string): FactJob {
    const known = jobs.find(asked.id)
    if (known && known.outcome?.ok !== false) return known
    return jobs.start(asked.id, async (report) => {
      for (;;) {
        const outcome = await queue.run(who, () => look(asked, open, report))
        if (outcome !== leftOff) return outcome
      }
    })
  }

  return {
    key,
    claims,
    async ask(body, who) {
      const read = readRequest(body, { networkId, issuer: key })
      if (!read.ok) return read
      const asked = read.value
      const known = await answerAtOnce(issuing, asked, options)
      if (!('chain' in known)) return known
      const job = begin(asked, known, who)
      const outcome = await Promise.race([job.done, pause(patienceMs, signal)])
      if (outcome) jobs.forget(asked.id)
      return outcome ?? job
    },
    async find(id) {
      const job = jobs.find(id)
      if (job) return job.outcome ?? job
      const record = await store.factRecordOf(id)
      return record && found(record)
    },
    log: (page) => readLog(options, page),
  }
}

async function createIssuing({ key, claims, store, clock }: Options): Promise<Issuing> {
  const salt = await store.factSalt(randomBytes(32))
  const verdicts = createVerdicts(() => clock() * 1000)
  return { key, claims, store, clock, salt, inTurn: createQueue(), verdicts }
}

async function readLog(options: Options, { after, limit }: Parameters<Facts['log']>[0]) {
  const { store } = options
  const [{ number: total }, records] = [await store.factHead(), await store.factRecordsAfter(after, limit)]
  return { total, entries: records.map((record) => factToJson(record, options)) }
}

/** What is to be looked up, where, and whether the account's own key has signed for it. */
type Open = { readonly chain: FactChain; readonly isSigned: boolean }

/** What needs no chain: refusals that cost nothing, and what an account's own key asks for again. */
async function answerAtOnce(
  issuing: Issuing,
  asked: Asked,
  { chains, home }: Pick<Options, 'chains' | 'home'>,
): Promise<FactOutcome | Open> {
  const epoch = factEpochOf(issuing.clock())
  if (epoch !== asked.epoch) return refuse('fact.epoch-wrong', `Epoch ${epoch} is current, not ${asked.epoch}.`)
  const chainId = chainOf(asked.fact) ?? home
  const chain = chains.get(chainId)
  if (!chain) return refuse('fact.chain-unknown', `Facts of chain ${chainId} are not attested here.`)
  const isSigned = await hasSignedItself(asked)
  if (!isSigned) return asked.form === 'note' ? { chain, isSigned } : notItself
  if (asked.form !== 'note' && !issuing.claims.forms.includes(asked.form))
    return refuse('fact.form-unknown', `Claims in the form ${asked.form} are not made here.`)
  const known = await findRecord(issuing, asked)
  if (!known.ok) return known
  return known.value ? found(known.value) : { chain, isSigned }
}

/** Nodes ask no chain whether a contract has signed, so a claim about one would be of no use. */
const notItself = refuse(
  'fact.signature-invalid',
  "The account's own key has not signed this request; an account that is a contract cannot show a claim: ask for a note.",
)
