import type { FactScanKey } from '../store/index.ts'
import type { FactRefusal, Found } from './fact-refusal.ts'
import { type LeftOff, leftOff } from './scan.ts'

/** What a look came to, whatever is signed because of it. */
export type Verdict = Found<true> | FactRefusal

/** What looks came to: whoever asks the same question within an hour has the same answer, and one look is under way for all. */
export type Verdicts = {
  of(question: Question, look: () => Promise<Verdict | LeftOff>): Promise<Verdict | LeftOff>
}

/** What was asked, and by which block it is judged. */
type Question = FactScanKey & { readonly block: string }

/** An endpoint that was wrong is asked again after an hour. */
const memory = { ms: 3_600_000, most: 4_096 }

/** What says nothing of the account, but of the endpoints at that moment. */
const passing: ReadonlySet<string> = new Set(['fact.block-unavailable', 'chain.unavailable', 'rate.limited'])

type Known = { readonly verdict: Verdict; readonly at: number }

/** Remembers verdicts in memory; `now` is in milliseconds. */
export function createVerdicts(now: () => number): Verdicts {
  const known = new Map<string, Known>()
  const underWay = new Map<string, Promise<Verdict | LeftOff>>()

  function keep(name: string, verdict: Verdict): void {
    if (!verdict.ok && passing.has(verdict.code)) return
    known.delete(name)
    known.set(name, { verdict, at: now() })
    if (known.size > memory.most) known.delete([...known.keys()][0] ?? '')
  }

  return {
    of({ subject, classId, epoch, block }, look) {
      const name = `${subject} ${classId} ${epoch} ${block}`
      const before = known.get(name)
      if (before && now() - before.at < memory.ms) return Promise.resolve(before.verdict)
      const others = underWay.get(name)
      if (others) return others
      const looking = look()
        .then((verdict) => {
          if (verdict !== leftOff) keep(name, verdict)
          return verdict
        })
        .finally(() => underWay.delete(name))
      underWay.set(name, looking)
      return looking
    },
  }
}
