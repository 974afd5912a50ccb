/** How long, in seconds, a superseded policy's quote is honoured, and its version kept. Blocks hold at once. */
export const quoteLifetime = 3600
