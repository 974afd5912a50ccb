import { fromBase64, toBase64, utf8 } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { IssuedClaim, ProvenHolding } from '../../facts/index.ts'
import { formatRule, isCondition, isFact, isProven, parseRule } from '../../policy/index.ts'
import { claimForms } from '../../verifier/index.ts'

/** What issuers have signed of the account by name, and which of the uses in an epoch were made. */
export type KeptClaims = {
  readonly claims: readonly IssuedClaim[]
  /** What the state of the chain proves that it holds. */
  readonly holdings: readonly ProvenHolding[]
  readonly used: { readonly epoch: number; readonly numbers: readonly number[] }
}

export const noClaims: KeptClaims = { claims: [], holdings: [], used: { epoch: 0, numbers: [] } }

/** As the device keeps them. */
export function encodeClaims({ claims, holdings, used }: KeptClaims): Uint8Array {
  const entries = claims.map(({ fact, issuer, epoch, block, form, document, ...bytes }) => ({
    ...{ fact: formatRule(fact), epoch, form, document },
    block: [String(block.number), toBase64(block.hash)],
    bytes: [issuer.x, issuer.y, ...namesOf.map((name) => bytes[name])].map(toBase64),
  }))
  const proven = holdings.map(({ fact, epoch, subject, header, accountProof, storageProof }) => ({
    ...{ fact: formatRule(fact), epoch },
    proof: [[subject, header], accountProof, storageProof].map((part) => part.map(toBase64)),
  }))
  return utf8(JSON.stringify({ entries, proven, used }))
}

const namesOf = ['key', 'eas', 'subject', 'salt', 'signature', 'certificate'] as const

/** What was kept; nothing where that cannot be read, since an issuer gives the same again. */
export function decodeClaims(bytes: Uint8Array | undefined): KeptClaims {
  try {
    if (!bytes) return noClaims
    const { entries, proven, used } = JSON.parse(new TextDecoder().decode(bytes))
    return { claims: (entries as Entry[]).flatMap(readEntry), holdings: (proven as Proven[]).flatMap(readProven), used }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof BaseError) return noClaims
    throw error
  }
}

type Entry = {
  readonly fact: string
  readonly epoch: number
  readonly form: string
  readonly document: string
  readonly block: readonly [string, string]
  readonly bytes: readonly string[]
}

function readEntry({ fact: text, epoch, form, document, block: [number, hash], bytes }: Entry): IssuedClaim[] {
  const fact = parseRule(text)
  const [x = none, y = none, ...rest] = bytes.map(fromBase64)
  const [key = none, eas = none, subject = none, salt = none, signature = none, certificate = none] = rest
  if (!isCondition(fact) || !isFact(fact) || !isForm(form)) return []
  const block = { number: BigInt(number), hash: fromBase64(hash) }
  return [{ fact, issuer: { x, y }, epoch, form, document, block, key, eas, subject, salt, signature, certificate }]
}

type Proven = { readonly fact: string; readonly epoch: number; readonly proof: readonly (readonly string[])[] }

function readProven({ fact: text, epoch, proof }: Proven): ProvenHolding[] {
  const fact = parseRule(text)
  const [[subject = none, header = none] = [], accountProof = [], storageProof = []] = proof.map((part) =>
    part.map(fromBase64),
  )
  const isOne = isCondition(fact) && isFact(fact) && isProven(fact)
  return isOne ? [{ fact, epoch, subject, header, accountProof, storageProof }] : []
}

const none = new Uint8Array()

const isForm = (form: string): form is IssuedClaim['form'] => Object.hasOwn(claimForms, form)
