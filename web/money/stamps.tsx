import { useSignal } from '@preact/signals'
import type { Desk } from '../desk/create-desk.ts'
import { Trouble } from '../views/parts.tsx'
import { useLoaded } from '../views/use-loaded.ts'
import { sayDay } from '../words/say-payment.ts'
import { sayAmount } from '../words/say-quote.ts'
import { ActView } from './act-view.tsx'

/** Round numbers: a purchase shows on the chain, and should look like those of others. */
const counts = [1, 4, 8, 16, 32, 64]
const usual = 8

/** How many stamps are left, and more of them. */
export function Stamps({ desk }: { readonly desk: Desk }) {
  const { client, acts } = desk
  const held = useLoaded(async () => {
    const [balance, price] = await Promise.all([client.stamps.balance(), client.stamps.price()])
    return { ...balance, price }
  }, [client])
  const count = useSignal(usual)
  const { stamps, books, price } = held.value.value ?? { stamps: undefined, books: [], price: undefined }
  const buy = async (event: Event) => {
    event.preventDefault()
    const number = count.value
    await acts.run('stamps', async (step) => {
      const { isUsable } = await client.stamps.buy({ count: number, maxPrice: BigInt(number) * (price ?? 0n), ...step })
      const bought = number === 1 ? 'A stamp is' : `${number} stamps are`
      return `${bought} bought${isUsable ? '' : '; the network has still to note that'}.`
    })
    await held.again()
  }
  const ends = books.map(({ expiresAt }) => expiresAt)
  return (
    <section aria-labelledby="stamps">
      <h2 id="stamps">Stamps</h2>
      {held.trouble.value !== undefined && <Trouble error={held.trouble.value} />}
      {stamps !== undefined && (
        <p>
          You have <b>{stamps === 1 ? 'one stamp' : `${stamps} stamps`}</b>
          {stamps > 0 && `, good until ${sayDay(Math.min(...ends))}${ends.length > 1 ? ' or longer' : ''}`}. A stamp is
          shown without your name.
        </p>
      )}
      {price !== undefined && (
        <form class="row" onSubmit={buy}>
          <label class="short">
            How many more
            <select value={count.value} onChange={(event) => (count.value = Number(event.currentTarget.value))}>
              {counts.map((number) => (
                <option key={number} value={number}>
                  {number}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="main" disabled={acts.isBusy}>
            Buy {count.value === 1 ? 'a stamp' : `${count.value} stamps`} for{' '}
            {sayAmount(BigInt(count.value) * price, client)}
          </button>
          <span class="fine">
            Your wallet asks once more, and takes the chain’s fee. The chain shows that you bought stamps, and not for
            whom.
          </span>
        </form>
      )}
      <ActView acts={acts} at="stamps" />
    </section>
  )
}
