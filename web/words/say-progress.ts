import type { ClientEvent } from '@pennypost/sdk'

/** What is going on, in words, and how much of it is done, from 0 to 1, where that can be said. */
export type Progress = { readonly text: string; readonly done?: number | undefined }

const provingSteps = {
  'loading-key': 'Fetching what the proof is made with (7 MB, once)',
  witness: 'Preparing the proof',
  proving: 'Proving that you may write, without saying who you are',
  done: 'The proof is made',
} as const

const chainSteps = {
  quoted: 'Your wallet is asked to allow the payment',
  authorizing: 'Your wallet is asked to allow the payment',
  allowing: 'Your wallet has allowed it; waiting for the chain',
  simulated: 'Your wallet is asked to pay',
  sent: 'Paid; waiting for the chain',
  mined: 'The chain has it; waiting until the network has noted it',
} as const

/** Of acts that take nothing from the wallet, or a deposit. */
const actSteps = {
  ...chainSteps,
  simulated: 'Your wallet is asked to send it',
  sent: 'Sent; waiting for the chain',
  mined: 'The chain has it',
} as const

const waits: Readonly<Record<string, string>> = {
  'tickets.not-ready': 'Waiting until the next stamp is noted in your own log',
  'stamps.not-there': 'Waiting until the network has noted the stamps',
  'stamps.other-tab': 'Another tab of yours is buying stamps; waiting until it has them',
  'ticket.root-unknown': 'Waiting until the node has heard of the stamp',
  'message.waits': 'Waiting a while, so that the time says nothing',
}

/** Says what a client is doing. */
export function sayProgress(event: ClientEvent | undefined): Progress {
  switch (event?.kind) {
    case 'working':
      return {
        text: `Working, with ${sayTime(event.secondsLeft)} left on average`,
        done: Math.min(1, event.tried / (2 * event.expected)),
      }
    case 'tree':
      return { text: 'Reading the list of all stamps', done: event.of > 0 ? event.leaves / event.of : undefined }
    case 'proving':
      return {
        text: event.of > 1 ? `${provingSteps[event.step]} (${event.ticket} of ${event.of})` : provingSteps[event.step],
      }
    case 'purchase':
    case 'chain':
      return { text: sayStep(event) }
    case 'attesting':
      return { text: 'An issuer looks at the chain', done: event.of > 0 ? event.done / event.of : undefined }
    case 'lane':
      return { text: event.step === 'opening' ? 'Showing the node what it asks' : 'The node lets the letter in' }
    case 'escrow':
      return { text: `One of ${event.of} trustees has signed that it keeps its part` }
    case 'waiting':
      return { text: sayWait(event.code, event.seconds) }
    case 'publishing':
    case 'published':
      return { text: 'Handing the letter to the node' }
    default:
      return { text: 'Beginning' }
  }
}

const sayStep = (event: ClientEvent & { readonly kind: 'purchase' | 'chain' }): string =>
  (event.kind === 'chain' && event.act !== 'pay' ? actSteps : chainSteps)[event.step.kind]

const sayWait = (code: string, seconds: number | undefined): string =>
  `${waits[code] ?? 'Waiting for something that is not there yet'}${seconds === undefined ? '' : `; ${sayTime(seconds)} on average`}`

/** Seconds as people say them. */
export function sayTime(seconds: number): string {
  if (seconds < 1) return 'less than a second'
  if (seconds < 90) return `about ${Math.round(seconds)} s`
  return `about ${Math.round(seconds / 60)} min`
}
