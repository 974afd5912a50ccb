import type { Queue } from '@pennypost/sdk/async'
import { classIdOf, commitmentOf } from '@pennypost/sdk/crypto'
import { type FactProgress, isMember } from '@pennypost/sdk/facts'
import { type ChainFact, factClassOf, formatRule } from '@pennypost/sdk/policy'
import { factEpochOf } from '@pennypost/sdk/verifier'
import { recoverAddress } from 'viem'
import type { Clock } from '../../plugins/clock.ts'
import type { ClaimSigner, IssuerKey } from '../issuing/index.ts'
import type { FactNote, FactRecord, FactStore } from '../store/index.ts'
import type { FactChain } from './fact-chain.ts'
import { aliasOf, extendFactChain, factMessageOf } from './fact-entry.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import type { Asked, AskedNote } from './fact-request.ts'
import { makeClaim } from './issue-claim.ts'
import { judgeFact } from './judge-fact.ts'
import { pinBlock } from './pin-block.ts'
import { type LeftOff, leftOff, takeTurn } from './scan.ts'
import type { Verdicts } from './verdicts.ts'

/** What notes and claims are issued with. */
export type Issuing = {
  readonly key: IssuerKey
  readonly claims: ClaimSigner
  readonly store: FactStore
  readonly clock: Clock
  /** Keeps accounts in the log of what was signed apart from those that anybody could try. */
  readonly salt: Uint8Array
  /** One is signed at a time: each names the one before. */
  readonly inTurn: Queue
  readonly verdicts: Verdicts
}

type Looking = {
  /** That of the fact; the network's own where it has none, for accounts that are contracts there. */
  readonly chain: FactChain
  readonly signal: AbortSignal
  readonly onProgress: (progress: FactProgress) => void
  /** So long a look goes on before it is left off for others. */
  readonly turnMs: number
}

const personSeconds = 90 * 86_400
/** An account that holds something holds less of it too: it could ask for any number of notes and claims. */
const mostRecords = 64

/** Whether the account's own key has signed a request. Costs no request to a chain. */
export async function hasSignedItself({ digest, signature, subject }: Asked): Promise<boolean> {
  return await recoverAddress({ hash: digest, signature }).then(
    (signer) => signer === subject,
    () => false,
  )
}

/** What was signed for the same request before; undefined where something may be. Costs no request to a chain. */
export async function findRecord(
  { store, clock }: Pick<Issuing, 'store' | 'clock'>,
  asked: Asked,
): Promise<Found<FactRecord | undefined> | FactRefusal> {
  const { subject, fact, epoch, form } = asked
  const now = clock()
  if (factEpochOf(now) !== epoch)
    return refuse('fact.epoch-wrong', `Epoch ${factEpochOf(now)} is current, not ${epoch}.`)
  const known = await store.factRecord({ subject, classId: classIdOf(factClassOf(fact)), epoch, form })
  if (known && isSame(known, asked)) return found(known)
  if (known)
    return refuse('fact.issued', 'The account has a note of this fact and epoch, with another secret or person.')
  const person = asked.form === 'note' ? await store.factPerson(subject) : undefined
  if (person && asked.form === 'note' && person.personHash !== asked.personHash && now - person.since < personSeconds)
    return refuse('fact.person-taken', 'The account was another person less than 90 days ago.')
  if ((await store.factRecordsOf(subject, epoch)) >= mostRecords)
    return refuse('rate.limited', `The account has ${mostRecords} notes and claims of this epoch. Ask in the next.`)
  return found(undefined)
}

/** A claim says the same of an account, whoever asks for it; a note is of one secret and one person. */
const isSame = (known: FactRecord, asked: Asked): boolean =>
  known.form !== 'note' ||
  (asked.form === 'note' && known.secretHash === asked.secretHash && known.personHash === asked.personHash)

/** Looks whether a fact is so, and signs a note or a claim of it, which counts once it is kept. */
export async function issueFact(
  issuing: Issuing,
  asked: Asked,
  { isSigned, ...looking }: Looking & { readonly isSigned: boolean },
): Promise<Found<FactRecord> | FactRefusal | LeftOff> {
  const { subject: account, digest, signature } = asked
  if (!isSigned && !(await looking.chain.hasSigned({ account, digest, signature })))
    return refuse('fact.signature-invalid', 'The account has not signed this request.')
  const known = await findRecord(issuing, asked)
  if (!known.ok) return known
  if (known.value) return found(known.value)
  const judged = await judge(issuing, asked, looking)
  if (judged === leftOff || !judged.ok) return judged
  return await issuing.inTurn(() => addRecord(issuing, asked, judged.value), looking.signal)
}

/** The block by which a fact was found to be so. */
async function judge(
  { store, verdicts }: Issuing,
  asked: Asked,
  { turnMs, ...looking }: Looking,
): Promise<Found<JudgedBy> | FactRefusal | LeftOff> {
  const { fact, subject, epoch, path } = asked
  if (fact.kind === 'member') {
    const isOn = isMember(subject, { root: fact.root, path })
    return isOn ? found(noBlock) : refuse('fact.path-wrong', 'The path does not lead from the account to the root.')
  }
  const pinned = await pinBlock({ ...looking, store, epoch })
  if (!pinned.ok) return pinned
  const key = { subject, classId: classIdOf(factClassOf(fact)), epoch }
  const block = pinned.value
  const look = () =>
    takeTurn({ store, key, turnMs, chain: looking.chain }, (turn) =>
      judgeFact({ ...looking, ...turn, fact, subject, block }),
    )
  const judged = await (isLong(fact) ? verdicts.of({ ...key, block: block.hash }, look) : look())
  return judged === leftOff || !judged.ok ? judged : pinned
}

/** Whether a look takes thousands of requests; any other is made anew each time. */
const isLong = ({ kind }: ChainFact): boolean => kind === 'attested' || kind === 'interacted'

type JudgedBy = FactNote['block']

/** What the log has of a fact that no chain is asked for. */
const noBlock: JudgedBy = { number: 0n, hash: `0x${'00'.repeat(32)}` }

/** What was not there when it was looked for may be there now. */
async function addRecord(issuing: Issuing, asked: Asked, block: JudgedBy): Promise<Found<FactRecord> | FactRefusal> {
  const known = await findRecord(issuing, asked)
  if (!known.ok) return known
  if (known.value) return found(known.value)
  const record = await (asked.form === 'note' ? makeNote(issuing, asked, block) : makeClaim(issuing, asked, block))
  await issuing.store.addFactRecord(record, issuing.clock())
  return found(record)
}

async function makeNote(
  { key, store, salt }: Issuing,
  asked: AskedNote,
  { number: at, hash }: JudgedBy,
): Promise<FactNote> {
  const { id, subject, fact, epoch, secretHash, personHash } = asked
  const classId = classIdOf(factClassOf(fact))
  const alias = aliasOf(salt, { subject, classId, epoch })
  const commitment = commitmentOf(secretHash, personHash)
  const signature = key.sign(factMessageOf({ fact, epoch, commitment }))
  const head = await store.factHead()
  const place = { number: head.number + 1, alias, epoch, block: { number: at, hash } }
  const signed = { ...place, form: 'note', commitment, signature } as const
  const chain = extendFactChain(head.chain, { ...signed, fact })
  return { ...signed, id, subject, classId, condition: formatRule(fact), secretHash, personHash, chain }
}
