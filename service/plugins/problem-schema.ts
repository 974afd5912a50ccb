import { answer, integer, list, media, text } from './schema.ts'

/** One condition that a sender does not meet. */
const missing = answer(
  {
    index: integer('Which condition of the rule, counted from the left.'),
    condition: text('As a policy writes it.'),
    explanation: text('In words.'),
  },
  { price: text('What it costs at least, in tokens, where it costs any.') },
)

const problem = answer(
  {
    type: text('`urn:pennypost:` and the code.'),
    title: text('The code, as people say it.'),
    status: integer('The HTTP status.'),
    code: text('What to branch on; docs/errors.md has each.'),
    detail: text('What happened, in a sentence.'),
  },
  {
    missing: list(missing, 'Of `policy.refused`: what would be enough.'),
    decimals: integer("Of `policy.refused`: the token's, for prices."),
    home: text('Of `lane.not-home`: where the lane can be opened.'),
  },
)

const example = (status: number, code: string, detail: string) => ({
  type: `urn:pennypost:${code}`,
  title: code.charAt(0).toUpperCase() + code.slice(1).replaceAll(/[.-]/g, ' '),
  status,
  code,
  detail,
})

const refused = example(429, 'rate.limited', 'Too many requests. Wait a minute.')
const failed = example(503, 'database.unavailable', 'The database cannot be reached.')

/** A problem, as an answer of a route. */
export const problemAnswer = (description: string, example: unknown) =>
  media(description, 'application/problem+json', problem, example)

/** How any route refuses, unless it says otherwise. */
export const problemAnswers = {
  '4xx': problemAnswer('Refused', refused),
  '5xx': problemAnswer('Failed', failed),
} as const
