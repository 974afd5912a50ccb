import { concatBytes, fromBase64, toBase64, utf8 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { NoteSignature } from '../../facts/index.ts'
import { type FactCondition, formatRule, isCondition, isFact, parseRule } from '../../policy/index.ts'

/** What an issuer has attested of the account, for one epoch: its signature over a note. */
export type AttestedFact = {
  readonly fact: FactCondition
  /** The issuer's key: coordinates of 32 bytes. */
  readonly issuer: { readonly x: Uint8Array; readonly y: Uint8Array }
  readonly epoch: number
  readonly signature: NoteSignature
}

/** As the device keeps them. */
export function encodeFacts(facts: readonly AttestedFact[]): Uint8Array {
  const entries = facts.map(({ fact, issuer, epoch, signature: { r8x, r8y, s } }) => ({
    fact: formatRule(fact),
    issuer: toBase64(concatBytes(issuer.x, issuer.y)),
    epoch,
    signature: [r8x, r8y, s].map(String),
  }))
  return utf8(JSON.stringify(entries))
}

/** What was kept; nothing where that cannot be read, since an issuer gives the same again. */
export function decodeFacts(bytes: Uint8Array | undefined): AttestedFact[] {
  try {
    const entries = bytes ? JSON.parse(new TextDecoder().decode(bytes)) : []
    return (entries as Entry[]).flatMap(readEntry)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof BaseError) return []
    throw error
  }
}

type Entry = {
  readonly fact: string
  readonly issuer: string
  readonly epoch: number
  readonly signature: readonly string[]
}

function readEntry({ fact: text, issuer: key, epoch, signature }: Entry): AttestedFact[] {
  const fact = parseRule(text)
  const [r8x = 0n, r8y = 0n, s = 0n] = signature.map(BigInt)
  const issuer = fromBase64(key)
  if (!isCondition(fact) || !isFact(fact)) return []
  return [{ fact, issuer: { x: issuer.slice(0, 32), y: issuer.slice(32) }, epoch, signature: { r8x, r8y, s } }]
}
