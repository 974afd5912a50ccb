import type { Desk } from '../desk/create-desk.ts'
import { ActView } from './act-view.tsx'
import { isChainOpen } from './chain-for.ts'

type Props = {
  readonly desk: Desk
  /** What is asked there first. */
  readonly first: () => Promise<unknown>
}

/** Before anything is read on the chain: that takes the wallet, which is not asked without a press. */
export function AskChain({ desk: { acts }, first }: Props) {
  if (isChainOpen.value) return null
  const ask = () =>
    acts.run('chain', async () => {
      await first()
      return ''
    })
  return (
    <section class="notice" aria-label="The chain">
      <p>
        What is on the chain is read through your wallet. It may ask to change to the network’s chain; nothing is paid.
      </p>
      <p class="row">
        <button type="button" class="main" disabled={acts.isBusy} onClick={ask}>
          Look on the chain
        </button>
      </p>
      <ActView acts={acts} at="chain" />
    </section>
  )
}
