/** What time it is: unix seconds, with fractions. */
export type Clock = () => number

/** The machine's own time; the only place that asks for it. */
export const wallClock: Clock = () => Date.now() / 1000
