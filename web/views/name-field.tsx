import { useMemo } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { createFinder } from '../names/create-finder.ts'
import { Trouble } from './parts.tsx'

type Props = {
  readonly desk: Desk
  readonly text: string
  /** The address that the person has seen whole, and chosen: from then on the name counts for nothing. */
  readonly onChoose: (address: string, name: string) => void
}

/** Looks up whose account a name is, and has that confirmed before anything is written to it. */
export function NameField({ desk, text, onChoose }: Props) {
  const { lookUp } = desk
  const finder = useMemo(() => lookUp && createFinder(lookUp), [lookUp])
  if (!finder) return <p role="status">Names cannot be looked up here. Write the address itself.</p>
  const { value } = finder.finding
  const current = value.kind !== 'none' && value.asked === text ? value : undefined
  if (current?.kind === 'asking') return <p role="status">Asking Ethereum, through your wallet…</p>
  if (current?.kind === 'found')
    return (
      <section class="notice" aria-label="Whose name it is">
        <p>
          <bdi>{current.name}</bdi> is, at this moment:
        </p>
        <p>
          <code class="whole">{current.address}</code>
        </p>
        <p class="row">
          <button type="button" class="main" onClick={() => onChoose(current.address, current.name)}>
            Write to this address
          </button>
          <button type="button" onClick={finder.forget}>
            No
          </button>
        </p>
      </section>
    )
  return (
    <>
      {current?.kind === 'failed' && <Trouble error={current.error} />}
      <p class="row">
        <button type="button" onClick={() => void finder.find(text)}>
          Look it up
        </button>
        <span class="fine">Your wallet asks Ethereum; whoever answers it there learns the name.</span>
      </p>
    </>
  )
}
