import { type Static, type TSchema, Type } from 'typebox'

/** A whole number of a query, as text: digits only, so that nothing is guessed from what was meant otherwise. */
export const Count = (about: string, example: string) =>
  Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: about, examples: [example] }))

/** The number of a query parameter, at most `most`. */
export function countOf(text: string | undefined, fallback: number, most = Number.MAX_SAFE_INTEGER): number {
  return Math.min(text === undefined ? fallback : Number(text), most)
}

/** A member of an answer that is left out where it is undefined. */
export const Maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Unsafe<Static<T> | undefined>(schema))

/** The highest number of a tree that a store can count to. */
export const mostTree = 2 ** 31 - 1
