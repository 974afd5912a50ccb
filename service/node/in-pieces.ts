/** The parts of a list, one after the other, with everybody's turn between two of them. */
export async function* inPieces<T>(list: readonly T[], size: number): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) {
    if (at > 0) await new Promise(setImmediate)
    yield list.slice(at, at + size)
  }
}
