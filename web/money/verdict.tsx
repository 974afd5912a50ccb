import type { Verdict } from '@pennypost/sdk'
import type { Desk } from '../desk/create-desk.ts'
import type { Entry } from '../inbox/inbox.ts'
import { useLoaded } from '../views/use-loaded.ts'
import { sayRecord, sayStanding, sayVerdict } from '../words/say-payment.ts'
import { ActView } from './act-view.tsx'
import { isChainOpen } from './chain-for.ts'
import { standingOf } from './paid-letter.ts'

type Props = { readonly desk: Desk; readonly entry: Entry }

const verdicts = ['fine', 'spam'] as const

/** What a stranger has paid for its letter, and the verdict on it. */
export function VerdictOn({ desk, entry }: Props) {
  const { client, acts } = desk
  const { conversation, key } = entry
  const at = `verdict ${key}`
  const isOnChain = isChainOpen.value
  const states = useLoaded(
    async () => (isOnChain ? client.payments.look(conversation) : undefined),
    [isOnChain, conversation],
  )
  const standing = standingOf({ conversation, states: states.value.value })
  const give = async (verdict: Verdict) => {
    await acts.run(at, async (step) => {
      await client.payments.settle(conversation, verdict, step)
      return `You have called it ${verdict}. The chain has it.`
    })
    await states.again()
  }
  const record = states.value.value?.[0]
  return (
    <section class="notice" aria-label="What was paid for it">
      <p>{sayStanding(standing, client)}</p>
      {record && <p class="fine">{sayRecord(record)}</p>}
      {(standing.kind === 'open' || standing.kind === 'said') && (
        <p class="row">
          {verdicts.map((verdict) => (
            <button key={verdict} type="button" disabled={acts.isBusy} onClick={() => give(verdict)}>
              {sayVerdict(verdict, standing, client)}
            </button>
          ))}
        </p>
      )}
      {standing.kind === 'said' && (
        <p class="fine">A verdict goes to the chain: your wallet asks once more, and takes the chain’s fee.</p>
      )}
      <ActView acts={acts} at={at} />
    </section>
  )
}
