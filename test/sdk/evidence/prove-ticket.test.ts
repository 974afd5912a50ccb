import { groth16, type VerificationKey } from 'snarkjs'
import { afterAll, describe, expect, test } from 'vitest'
import { fromBytes } from '../../../sdk/crypto/abi.ts'
import { createTagScope, createTicketProver, type TicketRequest } from '../../../sdk/evidence/index.ts'
import { ticketKey } from '../../../sdk/generated/keys.ts'
import { createPortableGroth16 } from '../../../sdk/verifier/index.ts'
import { checkTicket } from '../../../sdk/verifier/ticket.ts'
import { stopSnarkjs, toProofJson } from '../../helpers/snarkjs.ts'
import {
  alice,
  expired,
  laneUse,
  networkId,
  now,
  recipient,
  seeded,
  ticketRequest,
  tree,
  view,
} from '../../helpers/world.ts'

const prover = createTicketProver()

afterAll(async () => {
  prover.close()
  await stopSnarkjs()
})

const bySnarkjs = (proof: Uint8Array, signals: readonly bigint[]) =>
  groth16.verify(
    { ...ticketKey, protocol: 'groth16', curve: 'bn128' } as unknown as VerificationKey,
    signals.map(String),
    toProofJson(proof),
  )

describe('createTicketProver', () => {
  test('makes a ticket that the verifier accepts, and tells its steps', async () => {
    const steps: string[] = []
    const request = ticketRequest()
    const ticket = await prover.prove(request, { onProgress: (step) => steps.push(step) })
    expect(steps).toEqual(['loading-key', 'witness', 'proving', 'done'])

    const claim = checkTicket(
      { $typeName: 'pennypost.v1.Ticket', ...ticket },
      { networkId, use: request.use, recipient, checkpoint: view, now },
    )
    if ('code' in claim) throw new Error(claim.message)
    expect(await createPortableGroth16(ticketKey).verify([claim.item])).toEqual([true])
    expect(await bySnarkjs(ticket.proof, claim.item.signals)).toBe(true)
  })

  test('elsewhere than on first contact shows the tag scope that it was given', async () => {
    const tagScope = createTagScope(seeded(8))
    const ticket = await prover.prove(ticketRequest({ messageId: 1, toward: { tagScope } }))
    expect(fromBytes(ticket.tagScope)).toBe(tagScope)
  })

  test('proves the same use again, and refuses a second use of one message id', async () => {
    const request = ticketRequest({ messageId: 2 })
    const [first, again] = [await prover.prove(request), await prover.prove(request)]
    expect(again.y).toEqual(first.y)
    const other = prover.prove({ ...request, use: laneUse({ units: 2 }) })
    await expect(other).rejects.toMatchObject({ code: 'note.second-use' })
  })

  test.each<[string, Partial<TicketRequest>]>([
    ['a message id beyond the limit', { messageId: 16 }],
    ['a message id below zero', { messageId: -1 }],
    ['a part of a message id', { messageId: 0.5 }],
    ['an expired note', { note: expired }],
    ['a time that is no full hour', { asOf: BigInt(now) }],
    ['a root of another tree', { root: tree.root() + 1n }],
    ["another note's place", { path: tree.path(1) }],
    ['a stamp with epochs', { path: tree.path(0), note: { ...alice, epochLength: 86_400 } }],
    ['a stake without', { path: tree.path(0), note: { ...alice, noteClass: { ...alice.noteClass, kind: 'stake' } } }],
    [
      'a note that is in no tree',
      { path: tree.path(0), note: { ...alice, noteClass: { ...alice.noteClass, kind: 'payment' } } },
    ],
  ])('refuses %s before it starts proving', async (_, fields) => {
    const steps: string[] = []
    const proving = prover.prove(ticketRequest({ messageId: 3, ...fields }), { onProgress: (step) => steps.push(step) })
    await expect(proving).rejects.toMatchObject({ code: 'note.unusable' })
    expect(steps).toEqual([])
  })

  test('stops at once when aborted, and proves again after', async () => {
    const controller = new AbortController()
    const request = ticketRequest({ messageId: 4 })
    const proving = prover.prove(request, {
      signal: controller.signal,
      onProgress: (step) => step === 'proving' && controller.abort(new Error('changed my mind')),
    })
    const waiting = prover.prove(ticketRequest({ messageId: 5 }))
    await expect(proving).rejects.toThrow('changed my mind')
    expect((await waiting).proof).toHaveLength(256)
    expect((await prover.prove(request)).proof).toHaveLength(256)
  })

  test('is refused while aborted before it begins', async () => {
    const signal = AbortSignal.abort(new Error('not now'))
    await expect(prover.prove(ticketRequest({ messageId: 6 }), { signal })).rejects.toThrow('not now')
  })
})
