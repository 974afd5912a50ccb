import type { Client, OpenedWalletLane } from '@pennypost/sdk'
import { useEffect, useRef } from 'preact/hooks'
import { sayPress } from '../money/say-way.ts'
import { WayCard } from '../money/way-card.tsx'
import { Trouble } from '../views/parts.tsx'
import { sayProgress } from '../words/say-progress.ts'
import { sayAmount } from '../words/say-quote.ts'
import type { Errand, Stage } from './errand.ts'
import type { Asked } from './look-up.ts'

type Props = { readonly errand: Errand; readonly client: Client }

/** What is asked, the ways to meet it, what goes on, and what came of it. */
export function Steps({ errand, client }: Props) {
  const { value: stage } = errand.stage
  switch (stage.kind) {
    case 'looking':
      return <p role="status">Looking at what is asked…</p>
    case 'choosing':
      return <Choosing errand={errand} client={client} stage={stage} />
    case 'doing':
      return <Doing errand={errand} client={client} stage={stage} />
    case 'done':
      return <Done opened={stage.opened} client={client} />
    case 'failed':
      return (
        <Trouble error={stage.error}>
          <p class="row">
            <button type="button" onClick={() => void errand.look()}>
              Try again
            </button>
          </p>
        </Trouble>
      )
  }
}

type Of<Kind extends Stage['kind']> = Extract<Stage, { kind: Kind }>
type PartProps<Kind extends Stage['kind']> = Props & { readonly stage: Of<Kind> }

function Choosing({ errand, client, stage }: PartProps<'choosing'>) {
  const { asked, trouble } = stage
  return (
    <>
      <Rule asked={asked} />
      {trouble !== undefined && <Trouble error={trouble} />}
      {asked.ways.length > 0 && (
        <section aria-labelledby="ways">
          <h2 id="ways">{asked.ways.length > 1 ? 'Choose one of these' : 'What you can do'}</h2>
          {asked.ways.map((way) => (
            <WayCard
              key={way.name}
              way={way}
              token={client}
              end="deliver it"
              onTake={() => void errand.take(asked, way)}
            />
          ))}
        </section>
      )}
      {asked.facts.length > 0 && <Facts asked={asked} errand={errand} />}
      {asked.ways.length === 0 && asked.facts.length === 0 && asked.refusal && <Trouble error={asked.refusal} />}
    </>
  )
}

const Rule = ({ asked }: { readonly asked: Asked }) => (
  <section aria-labelledby="asked">
    <h2 id="asked">What its reader asks</h2>
    <p class="foreign" dir="auto">
      You may write if {asked.explanation}.
    </p>
  </section>
)

/** What an issuer could attest. It learns the account and the fact; the price of it is that, and no money. */
function Facts({ asked, errand }: { readonly asked: Asked; readonly errand: Errand }) {
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">If one of these is so, it can be attested</h2>
      {asked.facts.map(({ condition, explanation = condition }) => (
        <article key={condition} class="notice way" aria-label={explanation}>
          <h3 class="foreign">{explanation}</h3>
          <p>
            It costs nothing. An issuer of the network looks at the chain, and learns your account and that this is so
            of it; your wallet signs the question. <code>{condition}</code>
          </p>
          <p class="row">
            <button type="button" onClick={() => void errand.obtain(asked, condition)}>
              Have it attested
            </button>
          </p>
        </article>
      ))}
    </section>
  )
}

function Doing({ errand, client, stage }: PartProps<'doing'>) {
  const { asked, way, event } = stage
  const { text, done } = sayProgress(event)
  const section = useRef<HTMLElement>(null)
  useEffect(() => section.current?.focus(), []) // the button that was pressed is gone
  return (
    <>
      <Rule asked={asked} />
      <section ref={section} tabIndex={-1} class="notice" aria-label="What goes on">
        {way && <p class="fine">{sayPress(way, 'deliver it', client)}</p>}
        <p role="status">{text}…</p>
        <progress aria-label={text} max={1} {...(done !== undefined && { value: done })} />
        <p class="fine">
          You may load or close this page: what was begun goes on here later, and nothing is paid twice.
        </p>
        <p class="row">
          <button type="button" class="quiet" onClick={() => void errand.stop()}>
            Stop
          </button>
        </p>
      </section>
    </>
  )
}

type DoneProps = Pick<Props, 'client'> & { readonly opened: OpenedWalletLane }

function Done({ opened, client }: DoneProps) {
  const { price, isDelivered } = opened
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section class="notice done" role="status" aria-label="The outcome">
      <h2 ref={heading} tabIndex={-1}>
        {isDelivered ? 'Delivered' : 'The way is open'}
      </h2>
      <p>{outcome(isDelivered)}</p>
      <p>{price > 0n && `It took ${sayAmount(price, client)}. `}Go on in your app.</p>
    </section>
  )
}

/** What the node has said, and no more. */
function outcome(isDelivered: boolean | undefined): string {
  if (isDelivered) return 'The node had kept your message, and has delivered it.'
  if (isDelivered === undefined) return 'It was opened before. Look in your app whether your message is there.'
  return 'Nothing of yours waits at the node any more: it keeps messages for seven days. Begin the conversation in your app once more now, and it is delivered.'
}
