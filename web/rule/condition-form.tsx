import { type Condition, conditionKinds, explainCondition } from '@pennypost/sdk/policy'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { type ConditionDraft, draftOf, emptyDraft, type Field, fieldsOf, readDraft } from './condition-draft.ts'
import { kindWords } from './condition-words.ts'

type Props = {
  readonly token: Pick<Desk['client'], 'decimals'>
  /** What is changed; undefined for a new one. */
  readonly condition?: Condition | undefined
  /** What the button says. */
  readonly label: string
  readonly onDone: (condition: Condition) => void
  readonly onCancel?: (() => void) | undefined
}

/** Chooses a condition and fills it in. */
export function ConditionForm({ token, condition, label, onDone, onCancel }: Props) {
  const draft = useSignal<ConditionDraft>(condition ? draftOf(condition, token) : emptyDraft('stamp'))
  const kindField = useRef<HTMLSelectElement>(null)
  useEffect(() => {
    if (onCancel) kindField.current?.focus() // it was opened by a press
  }, [])
  const { kind, values } = draft.value
  const read = readDraft(draft.value, token)
  const isRead = typeof read !== 'string'
  const isEmpty = fieldsOf(kind).some(({ name, isOptional }) => !isOptional && !values[name]?.trim())
  const submit = (event: Event) => {
    event.preventDefault()
    if (isRead) onDone(read)
  }
  const fill = (name: string, text: string) => {
    draft.value = { kind, values: { ...values, [name]: text } }
  }
  return (
    <form class="notice fields" onSubmit={submit}>
      <label>
        What is asked
        <select
          ref={kindField}
          value={kind}
          onChange={(event) => (draft.value = emptyDraft(event.currentTarget.value as Condition['kind']))}
        >
          {conditionKinds.map((one) => (
            <option key={one} value={one}>
              {kindWords[one]}
            </option>
          ))}
        </select>
      </label>
      {fieldsOf(kind).map((field) => (
        <FieldInput key={`${kind} ${field.name}`} field={field} value={values[field.name] ?? ''} onFill={fill} />
      ))}
      <p role="status" class={isRead ? undefined : 'fine'}>
        {isRead ? `A stranger reads: ${explainCondition(read, token)}.` : sayFault(read, isEmpty)}
      </p>
      <p class="row">
        <button type="submit" disabled={!isRead}>
          {label}
        </button>
        {onCancel && (
          <button type="button" class="quiet" onClick={onCancel}>
            Leave it
          </button>
        )}
      </p>
    </form>
  )
}

const sayFault = (fault: string, isEmpty: boolean): string =>
  isEmpty ? 'Something is still to be filled in.' : `${fault}.`

type FieldProps = {
  readonly field: Field
  readonly value: string
  readonly onFill: (name: string, text: string) => void
}

function FieldInput({ field, value, onFill }: FieldProps) {
  const { name, label, example, isNumber, isOptional } = field
  return (
    <label>
      {label}
      {isOptional && <small> (may be left empty)</small>}
      <input
        type="text"
        inputMode={isNumber ? 'numeric' : 'text'}
        autocomplete="off"
        spellcheck={false}
        placeholder={example}
        value={value}
        onInput={(event) => onFill(name, event.currentTarget.value)}
      />
    </label>
  )
}
