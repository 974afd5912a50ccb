import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from '../desk/create-desk.ts'
import { go } from '../desk/place.ts'
import { AskChain } from './ask-chain.tsx'
import { isChainOpen } from './chain-for.ts'
import { Paid } from './paid.tsx'
import { Received } from './received.tsx'
import { Stakes } from './stakes.tsx'
import { Stamps } from './stamps.tsx'

/** All that has to do with money: stamps, stakes, and what was paid, both ways. */
export function Money({ desk }: { readonly desk: Desk }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <>
      <div class="head">
        <button type="button" class="quiet back" onClick={() => go({ kind: 'list' })}>
          ‹ Mail
        </button>
        <h1 ref={heading} tabIndex={-1}>
          Money
        </h1>
      </div>
      <Stamps desk={desk} />
      <AskChain desk={desk} first={() => desk.client.payments.list()} />
      <Received desk={desk} />
      {isChainOpen.value && <Paid desk={desk} />}
      {isChainOpen.value && <Stakes desk={desk} />}
    </>
  )
}
