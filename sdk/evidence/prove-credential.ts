import { fromBytes } from '../crypto/abi.ts'
import type { BabyJubjubKey } from '../crypto/baby-jubjub.ts'
import { concatBytes } from '../crypto/bytes.ts'
import { isNoteSigned, type NoteSignature } from '../crypto/note-signature.ts'
import { credentialOf } from '../crypto/signals.ts'
import { classIdOf } from '../crypto/use.ts'
import { credentialKey } from '../generated/keys.ts'
import { noteCommitment } from '../notes/note.ts'
import { factScopeOf } from '../verifier/fact-class.ts'
import { loadCredentialArtifacts } from './artifacts.ts'
import {
  assertUsable,
  createUseProver,
  NoteUnusableError,
  type Prepared,
  prepareUse,
  type UseFields,
  type UseProver,
  type UseProverOptions,
  type UseRequest,
} from './use-prover.ts'

/** What a credential is made from: one message id of a note that an issuer has signed, and the one lane it is for. */
export type CredentialRequest = UseRequest & {
  readonly issuer: BabyJubjubKey
  /** The issuer's, over the note. */
  readonly signature: NoteSignature
}

/** A credential as `pennypost.v1.Credential` has it, ready to be put into evidence. */
export type CredentialFields = UseFields & {
  /** 64 bytes. */
  issuer: Uint8Array
}

/** Makes credentials. */
export type CredentialProver = UseProver<CredentialRequest, CredentialFields>

/**
 * A prover of credentials: each shows what an issuer has attested of an account, and not of which.
 *
 * @example
 * ```ts
 * import { createCredentialProver } from '@pennypost/sdk/evidence'
 *
 * const prover = createCredentialProver()
 * const credential = await prover.prove(credentialRequest, { onProgress: (step) => console.log(step) })
 * prover.close()
 * ```
 */
export function createCredentialProver(options: UseProverOptions = {}): CredentialProver {
  const circuit = { key: credentialKey, artifacts: loadCredentialArtifacts, prepare: prepareCredential }
  return createUseProver(circuit, options)
}

/** Everything of a credential but its proof, computed without the circuit. */
export function prepareCredential(request: CredentialRequest): Prepared<CredentialFields> {
  assertUsable(request)
  assertSigned(request)
  const { note, issuer, signature, networkId, asOf } = request
  const classId = classIdOf(note.noteClass)
  const scope = factScopeOf({ networkId, classId, issuer, asOf })
  const { inputs, signals, fields } = prepareUse(request, { classId, scope })
  const { nullifier, y, tag, tagScope, x } = signals
  const [Ax, Ay] = [fromBytes(issuer.x), fromBytes(issuer.y)]
  const { r8x: R8x, r8y: R8y, s: S } = signature
  return {
    nullifier,
    x,
    statement: {
      inputs: { ...inputs, Ax, Ay, R8x, R8y, S },
      signals: [nullifier, y, tag, Ax, Ay, x, scope, classId, tagScope, asOf],
    },
    fields: { ...fields, issuer: concatBytes(issuer.x, issuer.y) },
  }
}

function assertSigned({ note, issuer, signature }: CredentialRequest): void {
  const { limit, expiry, noteClass } = note
  if (noteClass.kind !== 'fact') throw new NoteUnusableError('Only facts give credentials.')
  const message = credentialOf({ commitment: noteCommitment(note), classId: classIdOf(noteClass), limit, expiry })
  if (isNoteSigned(message, signature, issuer)) return
  throw new NoteUnusableError("The signature is not the issuer's over this note.", { hint: 'Ask the issuer again.' })
}
