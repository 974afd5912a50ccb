import { secp256k1 } from '@noble/curves/secp256k1.js'
import { fromHex, toHex } from '../../sdk/crypto/index.ts'

const order = secp256k1.Point.Fn.ORDER

/** R ‖ S ‖ v of 27 or 28 with the lower S, in the forms in which wallets write it. */
export const signatureForms = {
  'v of 27 and 28': (signature) => signature,
  'v of 0 and 1': (signature) => withV(signature, (v) => v - 27),
  'the higher S': (signature) => withHighS(signature, (v) => 55 - v),
  'the higher S and v of 0 and 1': (signature) => withHighS(signature, (v) => 28 - v),
  '64 bytes (EIP-2098)': (signature) => {
    const bytes = fromHex(signature)
    bytes[32]! |= (bytes[64]! - 27) << 7
    return `0x${toHex(bytes.subarray(0, 64))}`
  },
  'upper case': (signature) => `0x${signature.slice(2).toUpperCase()}`,
  'an upper-case prefix': (signature) => signature.toUpperCase(),
  'no prefix': (signature) => signature.slice(2),
  'a line end': (signature) => `${signature}\n`,
} satisfies Record<string, (signature: string) => string>

export type SignatureForm = keyof typeof signatureForms

export const writeAs = (form: SignatureForm, signature: string): string => signatureForms[form](signature)

function withV(signature: string, change: (v: number) => number): string {
  const bytes = fromHex(signature)
  bytes[64] = change(bytes[64]!)
  return `0x${toHex(bytes)}`
}

function withHighS(signature: string, change: (v: number) => number): string {
  const s = order - BigInt(`0x${signature.slice(66, 130)}`)
  return withV(`${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${signature.slice(130)}`, change)
}
