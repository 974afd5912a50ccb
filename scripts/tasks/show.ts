import { showTime } from '../../service/cli/print.ts'

/** A moment of the chain, which counts unix seconds, as people write it. */
export const timeOf = (seconds: bigint | number): string => showTime(new Date(Number(seconds) * 1000))
