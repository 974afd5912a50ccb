import type { WaitingLetter } from '../inbox/watch-waiting.ts'
import { sayDay } from './say-payment.ts'

type Trustee = WaitingLetter['trustees'][number]

/** How many letters wait. */
export const sayCount = (count: number): string =>
  count === 1 ? 'A letter from before you had keys' : `${count} letters from before you had keys`

/** Whether its key is handed out no more. */
export const isOver = ({ expiresAt }: Pick<WaitingLetter, 'expiresAt'>): boolean =>
  Number(expiresAt) * 1000 <= Date.now()

/** Whether somebody is still to be asked for its key. */
export const isUnasked = (letter: WaitingLetter): boolean =>
  !isOver(letter) && letter.trustees.some(({ state }) => state === 'not-asked')

/** What it takes to open a letter. */
export function sayKeepers(letter: WaitingLetter): string {
  const { threshold, trustees, expiresAt } = letter
  if (isOver(letter)) return `Its key was kept until ${sayDay(expiresAt)}. Nobody hands it out any more.`
  const until = `kept until ${sayDay(expiresAt)}`
  if (trustees.length > 1) return `Its key is in ${trustees.length} parts, ${until}; ${threshold} of them are enough.`
  return trustees[0]?.address === undefined
    ? `Its key is ${until} by whoever wrote it, and comes when one of their pages or programs is open.`
    : `Its key is ${until} by a trustee.`
}

const states = {
  'not-asked': 'not asked yet',
  asked: 'asked, no answer yet',
  released: 'has handed out its part',
  refused: 'does not hand it out',
  wrong: 'has handed out what is no part of it',
} as const satisfies Record<Trustee['state'], string>

/** How far one of those who keep it has come. */
export const sayState = ({ state, code }: Pick<Trustee, 'state' | 'code'>): string =>
  state === 'not-asked' && code !== undefined ? 'could not be asked' : states[state]
