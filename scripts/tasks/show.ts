/** A moment as people write it; the chain counts unix seconds. */
export const timeOf = (seconds: bigint | number): string =>
  new Date(Number(seconds) * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC')
