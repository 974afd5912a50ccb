const [first, longest] = [60, 3_600]

/** So long something waits until it is tried again, in seconds, after so many tries in vain. */
export const delayAfter = (attempts: number): number => Math.min(longest, first * 2 ** attempts)
