import { BaseError, type Client } from '@pennypost/sdk'
import { explainFaking, explainRule, type Faking, parseRule, type Rule } from '@pennypost/sdk/policy'

/** What a text means as a rule; or what is wrong with it, and at which character, where that is known. */
export type ReadRule =
  | {
      readonly ok: true
      readonly rule: Rule
      readonly explanation: string
      readonly faking: readonly Faking[]
    }
  | { readonly ok: false; readonly message: string; readonly at: number | undefined }

/** Reads a rule as somebody types it. */
export function readRule(text: string, token: Pick<Client, 'decimals'>): ReadRule {
  try {
    const rule = parseRule(text, token)
    return { ok: true, rule, explanation: explainRule(rule, token), faking: explainFaking(rule, token) }
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    const [, place, sentence = error.message] = /^At character (\d+): ([\s\S]*)$/.exec(error.message) ?? []
    return { ok: false, message: sentence, at: place === undefined ? undefined : Number(place) - 1 }
  }
}

/** The word that stands at a character, with what is before and after it. */
export function splitAt(text: string, at: number): readonly [before: string, word: string, after: string] {
  const [word = ''] = /^\S*/.exec(text.slice(at)) ?? []
  return [text.slice(0, at), word, text.slice(at + word.length)]
}
