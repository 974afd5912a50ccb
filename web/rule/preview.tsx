import type { Faking, Rule } from '@pennypost/sdk/policy'
import type { Desk } from '../desk/create-desk.ts'
import { useLoaded } from '../views/use-loaded.ts'
import { priceRule } from './price-rule.ts'

type Props = { readonly rule: Rule; readonly faking: readonly Faking[]; readonly desk: Desk }

/** What a rule comes to: what each way takes of a stranger, and what faking each condition costs. */
export function Preview({ rule, faking, desk: { client } }: Props) {
  const price = useLoaded(() => client.stamps.price(), [client])
  return (
    <>
      <h2>What a stranger pays</h2>
      <dl class="terms">
        {priceRule(rule, price.value.value, client).map(({ condition, explanation, price }, i) => (
          <div key={`${i} ${condition}`}>
            <dt class="foreign">{explanation}</dt>
            <dd>{price}</dd>
          </div>
        ))}
      </dl>
      <h2>What faking it costs</h2>
      <dl class="terms">
        {faking.map(({ condition, explanation }) => (
          <div key={condition}>
            <dt>
              <code>{condition}</code>
            </dt>
            <dd>{explanation}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
