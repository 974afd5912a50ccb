import type { OwnPayment } from '@pennypost/sdk'
import type { Desk } from '../desk/create-desk.ts'
import { Account, Copy, Trouble } from '../views/parts.tsx'
import { useLoaded } from '../views/use-loaded.ts'
import { sayOwnPayment, sayRate } from '../words/say-payment.ts'
import { sayAmount } from '../words/say-quote.ts'
import { ActView } from './act-view.tsx'

/** What the person has paid to write to others: what is open, what came of it, and what waits to be fetched. */
export function Paid({ desk }: { readonly desk: Desk }) {
  const { client, acts } = desk
  const made = useLoaded(() => client.payments.list(), [client])
  const due = (made.value.value ?? []).reduce((sum, { state }) => sum + state.due, 0n)
  const fetchIt = async () => {
    await acts.run('paid', async (step) => {
      const { amount, stoppedBy } = await client.payments.refund(step)
      if (stoppedBy !== undefined && amount === 0n) throw stoppedBy
      const rest = stoppedBy === undefined ? '' : ' Not all of it: fetch the rest once more.'
      return amount > 0n ? `${sayAmount(amount, client)} came back.${rest}` : 'Nothing waited any more.'
    })
    await made.again()
  }
  return (
    <section aria-labelledby="paid">
      <h2 id="paid">What you have paid</h2>
      {made.trouble.value !== undefined && <Trouble error={made.trouble.value} />}
      {made.value.value?.length === 0 && <p class="fine">You have paid for no letter in your name.</p>}
      {due > 0n && (
        <p class="row">
          <button type="button" class="main" disabled={acts.isBusy} onClick={fetchIt}>
            Fetch {sayAmount(due, client)}
          </button>
          <span class="fine">Your wallet asks once more, and takes the chain’s fee.</span>
        </p>
      )}
      <ActView acts={acts} at="paid" />
      <ul class="cards">
        {made.value.value?.map((payment) => (
          <li key={payment.id.join()} class="notice">
            <Payment desk={desk} payment={payment} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Payment({ desk, payment }: { readonly desk: Desk; readonly payment: OwnPayment }) {
  const { recipient, count } = payment
  const each = count === 1 ? '' : ` for each of ${count} letters`
  return (
    <>
      <p class="line">
        {recipient ? (
          <>
            <Account address={recipient} name={desk.nameOf(recipient)} />
            <Copy text={recipient} label={`Copy the address ${recipient}`} />
          </>
        ) : (
          <span>{count === 1 ? 'One letter' : `${count} letters`}</span>
        )}
      </p>
      <p>
        {sayRate(payment, desk.client)}
        {each}. {sayOwnPayment(payment, desk.client)}
      </p>
    </>
  )
}
