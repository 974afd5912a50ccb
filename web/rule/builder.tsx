import { type Condition, explainCondition, formatCondition, isCondition, type Rule } from '@pennypost/sdk/policy'
import { type Signal, useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { composeAs, joinAt, type Path, removeAt, replaceAt } from './change-rule.ts'
import { ConditionForm } from './condition-form.tsx'

type Token = Pick<Desk['client'], 'decimals'>

type Props = {
  /** Undefined where there is none yet. */
  readonly rule: Rule | undefined
  readonly token: Token
  readonly onChange: (rule: Rule | undefined) => void
}

/** Where something is being filled in, and what becomes of it. */
type Editing = { readonly place: string; readonly how: 'all' | 'any' | 'change' }

/** What every part of a rule works with. */
type Work = {
  readonly whole: Rule
  readonly token: Token
  readonly editing: Signal<Editing | undefined>
  readonly onChange: Props['onChange']
}

/** A rule that is changed by choosing: its conditions, one below the other, and what joins them. */
export function Builder({ rule, token, onChange }: Props) {
  const editing = useSignal<Editing | undefined>(undefined)
  const top = useRef<HTMLElement>(null)
  const change = (next: Rule | undefined) => {
    editing.value = undefined
    onChange(next)
    top.current?.focus() // the button that was pressed is gone
  }
  return (
    <section ref={top} tabIndex={-1} class="builder" aria-label="The rule, by choosing">
      {rule ? (
        <ul>
          <Part part={rule} path={[]} work={{ whole: rule, token, editing, onChange: change }} />
        </ul>
      ) : (
        <ConditionForm token={token} label="Ask this" onDone={change} />
      )}
    </section>
  )
}

type PartProps = { readonly part: Rule; readonly path: Path; readonly work: Work }

const Part = ({ part, ...props }: PartProps) =>
  isCondition(part) ? <Leaf condition={part} {...props} /> : <Composition composition={part} {...props} />

type Composed = Exclude<Rule, Condition>

function Composition({ composition, path, work }: Omit<PartProps, 'part'> & { readonly composition: Composed }) {
  const { whole, onChange } = work
  const { kind, of } = composition
  const compose = (next: Composed['kind'], count?: number) =>
    onChange(replaceAt(whole, path, composeAs(composition, next, count)))
  return (
    <li class="composition">
      <p class="row">
        <label class="short">
          Asked is
          <select value={kind} onChange={(event) => compose(event.currentTarget.value as Composed['kind'], 2)}>
            <option value="any">any one of these</option>
            <option value="all">all of these together</option>
            {of.length > 1 && <option value="atLeast">a number of these</option>}
          </select>
        </label>
        {kind === 'atLeast' && (
          <label class="short">
            at least
            <input
              type="number"
              min={1}
              max={of.length}
              value={composition.count}
              onChange={(event) => compose('atLeast', event.currentTarget.valueAsNumber)}
            />
          </label>
        )}
      </p>
      <ul>
        {of.map((part, i) => (
          <Part key={`${i} ${part.kind}`} part={part} path={[...path, i]} work={work} />
        ))}
      </ul>
    </li>
  )
}

const acts = [
  ['any', 'Or…'],
  ['all', 'And…'],
  ['change', 'Change…'],
] as const

const labels = { any: 'Ask either', all: 'Ask both', change: 'Change it' } as const

function Leaf({ condition, path, work }: Omit<PartProps, 'part'> & { readonly condition: Condition }) {
  const { whole, token, editing, onChange } = work
  const place = path.join()
  const text = formatCondition(condition, token)
  const open = editing.value?.place === place ? editing.value.how : undefined
  const put = (next: Condition) =>
    onChange(
      open === 'all' || open === 'any'
        ? joinAt(whole, path, { kind: open, condition: next })
        : replaceAt(whole, path, next),
    )
  return (
    <li class="condition">
      <p>
        <span class="foreign">{explainCondition(condition, token)}</span> <code>{text}</code>
      </p>
      <p class="acts">
        {acts.map(([how, label]) => (
          <button
            key={how}
            type="button"
            class="quiet small"
            aria-expanded={open === how}
            aria-label={`${label} (${text})`}
            onClick={() => (editing.value = open === how ? undefined : { place, how })}
          >
            {label}
          </button>
        ))}
        <button
          type="button"
          class="quiet small"
          aria-label={`Remove (${text})`}
          onClick={() => onChange(removeAt(whole, path))}
        >
          Remove
        </button>
      </p>
      {open && (
        <ConditionForm
          key={open}
          token={token}
          condition={open === 'change' ? condition : undefined}
          label={labels[open]}
          onDone={put}
          onCancel={() => (editing.value = undefined)}
        />
      )}
    </li>
  )
}
