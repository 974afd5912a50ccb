import { useSignal } from '@preact/signals'
import type { Desk } from '../desk/create-desk.ts'
import { readDevice, writeDevice } from '../session/device.ts'
import { Trouble } from '../views/parts.tsx'
import { useLoaded } from '../views/use-loaded.ts'
import { ActView } from './act-view.tsx'
import type { Step } from './acts.ts'
import { pressOnStake, type StakePress, sayStake } from './say-stake.ts'

/** A deposit that gives tickets in every epoch: made, used, and taken back. */
export function Stakes({ desk }: { readonly desk: Desk }) {
  const { client, acts, storage } = desk
  const stake = useLoaded(async () => {
    const [status, terms, device] = await Promise.all([
      client.stakes.status(),
      client.stakes.terms(),
      readDevice(storage),
    ])
    return { ...status, terms, device }
  }, [client])
  const { value } = stake.value
  const press = value && pressOnStake(value, { token: client, seconds: Date.now() / 1000 })
  const act = async ({ kind }: StakePress) => {
    await acts.run('stakes', stepOf(desk, kind, value?.terms.amount))
    await stake.again()
  }
  return (
    <section aria-labelledby="stakes">
      <h2 id="stakes">Stakes</h2>
      {stake.trouble.value !== undefined && <Trouble error={stake.trouble.value} />}
      {value && sayStake(value, client).map((text) => <p key={text}>{text}</p>)}
      {value && value.device === undefined && (
        <WhichDevice
          onSaid={async (device) => {
            await writeDevice(storage, device)
            await desk.reopen()
          }}
        />
      )}
      {press && (
        <p class="row">
          <button type="button" disabled={acts.isBusy || !press.isReady} onClick={() => act(press)}>
            {press.text}
          </button>
          <span class="fine">Your wallet asks once more, and takes the chain’s fee.</span>
        </p>
      )}
      <ActView acts={acts} at="stakes" />
    </section>
  )
}

const stepOf =
  ({ client }: Desk, kind: StakePress['kind'], maxAmount: bigint | undefined): Step =>
  async (step) => {
    if (kind === 'deposit') {
      const { limit } = await client.stakes.stake({ ...step, ...(maxAmount !== undefined && { maxAmount }) })
      return `It is deposited, and gives ${limit} tickets in every epoch.`
    }
    if (kind === 'begin') {
      await client.stakes.requestExit(step)
      return 'It is on its way back. Its tickets count no more.'
    }
    await client.stakes.exit(step)
    return 'It is in your wallet again.'
  }

type Said = { readonly index: number; readonly count: number }

/** No ticket may be used twice, so each device has to know which it is. */
function WhichDevice({ onSaid }: { readonly onSaid: (device: Said) => Promise<void> }) {
  const [number, count] = [useSignal(1), useSignal(1)]
  const trouble = useSignal<unknown>(undefined)
  const isFit = number.value >= 1 && number.value <= count.value && count.value <= 255
  const save = (event: Event) => {
    event.preventDefault()
    onSaid({ index: number.value - 1, count: count.value }).catch((error: unknown) => (trouble.value = error))
  }
  return (
    <form class="notice" onSubmit={save}>
      <p>
        A ticket that is used twice costs the penalty. So say first which of your devices this is: where several use
        this account, each needs a number of its own, and all the same total.
      </p>
      <p class="row">
        {(
          [
            ['This is device number', number],
            ['of', count],
          ] as const
        ).map(([label, value]) => (
          <label key={label} class="short">
            {label}
            <input
              type="number"
              min={1}
              max={255}
              required
              value={value.value}
              onInput={(event) => (value.value = event.currentTarget.valueAsNumber)}
            />
          </label>
        ))}
        <button type="submit" disabled={!isFit}>
          Remember that
        </button>
      </p>
      {trouble.value !== undefined && <Trouble error={trouble.value} />}
    </form>
  )
}
