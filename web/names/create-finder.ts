import { type Signal, signal } from '@preact/signals'

/** How far looking a name up is. */
export type Finding =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking'; readonly asked: string }
  | { readonly kind: 'found'; readonly asked: string; readonly name: string; readonly address: string }
  | { readonly kind: 'failed'; readonly asked: string; readonly error: unknown }

/** Looks names up, one at a time: what is asked next makes an answer to what was asked before none. */
export type Finder = {
  readonly finding: Signal<Finding>
  find(asked: string): Promise<void>
  forget(): void
}

type LookUp = (name: string) => Promise<{ readonly name: string; readonly address: string }>

export function createFinder(lookUp: LookUp): Finder {
  const finding = signal<Finding>({ kind: 'none' })
  return {
    finding,
    async find(asked) {
      const asking: Finding = { kind: 'asking', asked }
      finding.value = asking
      const found = await lookUp(asked).then(
        ({ name, address }): Finding => ({ kind: 'found', asked, name, address }),
        (error: unknown): Finding => ({ kind: 'failed', asked, error }),
      )
      if (finding.value === asking) finding.value = found
    },
    forget() {
      finding.value = { kind: 'none' }
    },
  }
}

/** Whether a text is meant as a name: no address has a dot. */
export const isNameLike = (text: string): boolean => text.includes('.')
