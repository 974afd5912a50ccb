/** The part of circomlibjs that tests compare with; the package ships no types. Field elements are Montgomery bytes. */
declare module 'circomlibjs' {
  type Element = Uint8Array
  type Field = { e(value: bigint): Element; toObject(element: Element): bigint }
  type Point = [Element, Element]

  export function buildPoseidon(): Promise<((inputs: readonly bigint[]) => Element) & { F: Field }>

  export function buildEddsa(): Promise<{
    F: Field
    prv2pub(privateKey: Uint8Array): Point
    signPoseidon(privateKey: Uint8Array, message: Element): { R8: Point; S: bigint }
  }>
}
