import type { Desk } from '../desk/create-desk.ts'
import { AskChain } from '../money/ask-chain.tsx'
import { isChainOpen } from '../money/chain-for.ts'
import { Trouble } from '../views/parts.tsx'
import { useLoaded } from '../views/use-loaded.ts'

type Props = { readonly desk: Desk }

/** Notices: how often somebody has told this address on the chain that mail waits. */
export function Told({ desk }: Props) {
  const { notices, address } = desk.client
  return (
    <section aria-labelledby="told">
      <h2 id="told">Notices on the chain</h2>
      <p>Whoever pays for it can tell an address on the chain that mail waits here, and not a word more.</p>
      <AskChain desk={desk} first={() => notices.of(address)} />
      {isChainOpen.value && <Count desk={desk} />}
    </section>
  )
}

function Count({ desk: { client } }: Props) {
  const told = useLoaded(() => client.notices.of(client.address), [client])
  if (told.trouble.value !== undefined) return <Trouble error={told.trouble.value} />
  return <p role="status">{told.value.value && sayTold(told.value.value.count)}</p>
}

const sayTold = (count: number): string => {
  if (count === 0) return 'Nobody has told you so.'
  return count === 1 ? 'You were told so once.' : `You were told so ${count} times.`
}
