import { beforeEach, describe, expect, test } from 'vitest'
import { attachmentType, type Conversation, type Message, reactionType, replyType, textType } from '../../sdk/index.ts'
import { createDraft, type Draft } from '../../web/letter/create-draft.ts'

const file = { filename: 'a.png', mimeType: 'image/png', data: new Uint8Array(3) }
const free = { ok: true, isFirst: false, price: 0n, bond: 0n, effort: 0, stamps: 0, held: {}, conditions: [] }
const answered = { id: 'm1' } as Message
const kept = { escrow: 'sender', threshold: 1, trustees: [], keptUntil: 1 }

describe('a draft', () => {
  let sent: unknown[][]
  let draft: Draft
  /** What the node says to one message after the other. */
  let answers: object[]
  let quotes: object[]
  let onSend: () => void
  /** Who was to keep the key, by each call. */
  let keepers: unknown[]

  beforeEach(() => {
    ;[sent, answers, quotes, keepers] = [[], [], [], []]
    onSend = () => {}
    const conversation = {
      async quote({ escrow }: { escrow: unknown }) {
        keepers.push(escrow)
        return quotes[sent.length] ?? free
      },
      async send(content: unknown, { contentType, escrow }: { contentType: unknown; escrow: unknown }) {
        keepers.push(escrow)
        onSend()
        sent.push([content, contentType])
        return answers[sent.length - 1] ?? { ok: true, price: 0n }
      },
    } as unknown as Conversation
    draft = createDraft(async () => conversation, { onSent: () => {} })
  })

  test('sends a file before the text, and is empty then', async () => {
    draft.text.value = 'Look.'
    draft.file.value = file
    await draft.ask()
    expect(sent).toEqual([
      [file, attachmentType],
      ['Look.', textType],
    ])
    expect([draft.text.value, draft.file.value, draft.stage.value.kind]).toEqual(['', undefined, 'sent'])
  })

  test('sends both as answers to one message', async () => {
    draft.text.value = 'Look.'
    draft.file.value = file
    draft.answered.value = answered
    await draft.ask()
    expect(sent).toEqual([
      [{ reference: 'm1', content: file, contentType: attachmentType }, replyType],
      [{ reference: 'm1', content: 'Look.', contentType: textType }, replyType],
    ])
    expect(draft.answered.value).toBeUndefined()
  })

  test('keeps what is not delivered', async () => {
    answers = [{ ok: true }, { ok: false, code: 'lane.spent' }]
    draft.text.value = 'Look.'
    draft.file.value = file
    draft.answered.value = answered
    await draft.ask()
    expect([draft.text.value, draft.file.value, draft.answered.value]).toEqual(['Look.', undefined, answered])
    expect(draft.stage.value.kind).toBe('refused')
  })

  test('asks before each of its messages that takes something', async () => {
    quotes = [free, { ...free, price: 1n, stamps: 1, held: { stamps: 1 } }]
    draft.text.value = 'Look.'
    draft.file.value = file
    await draft.ask()
    expect(sent).toHaveLength(1)
    expect(draft.stage.value.kind).toBe('quoted')
  })

  test('sends a sign alone, and leaves what is being written', async () => {
    draft.text.value = 'Half a sent'
    draft.file.value = file
    draft.answered.value = answered
    await draft.react({ reference: 'm2', content: '👍', action: 'added' })
    expect(sent).toEqual([[{ reference: 'm2', content: '👍', action: 'added', schema: 'unicode' }, reactionType]])
    expect([draft.text.value, draft.file.value, draft.answered.value]).toEqual(['Half a sent', file, answered])
    await draft.ask()
    expect(sent).toHaveLength(3) // and the sign not again
  })

  test('does not send a sign that was refused with the next text', async () => {
    answers = [{ ok: false, code: 'lane.spent' }]
    await draft.react({ reference: 'm2', content: '👍', action: 'added' })
    draft.text.value = 'Anyway.'
    await draft.ask()
    expect(sent[1]).toEqual(['Anyway.', textType])
  })

  test('keeps what was typed while it was sent', async () => {
    onSend = () => {
      draft.text.value = 'Look. And this'
    }
    draft.text.value = 'Look.'
    await draft.ask()
    expect(draft.text.value).toBe('Look. And this')
  })

  test('sends nothing where nothing is written', async () => {
    draft.text.value = ' \n'
    draft.answered.value = answered
    await draft.ask()
    expect(sent).toEqual([])
    expect(draft.stage.value.kind).toBe('writing')
  })

  test('says how the key is kept of a letter to an account without keys, and asks anew where that is changed', async () => {
    quotes = [{ ...free, isFirst: true, unattended: kept }]
    draft.text.value = 'Hello?'
    await draft.ask()
    expect([draft.stage.value.kind, draft.unattended.value]).toEqual(['quoted', kept])
    const choice = { trustees: ['0x1'], threshold: 1 }
    draft.keepBy(choice)
    expect([draft.stage.value.kind, draft.unattended.value]).toEqual(['writing', kept])
    keepers = []
    await draft.ask()
    const { stage } = draft
    if (stage.value.kind !== 'quoted') return expect.fail('It was not quoted.')
    await draft.send(stage.value.ways.ways[0]!, {} as never)
    expect(stage.value.kind).toBe('sent')
    expect(new Set(keepers)).toEqual(new Set([choice]))
  })

  test('says so no more once the account has keys', async () => {
    quotes = [{ ...free, isFirst: true, unattended: kept }]
    draft.text.value = 'Hello?'
    await draft.ask()
    quotes = [{ ...free, isFirst: true }]
    await draft.ask()
    expect(draft.unattended.value).toBeUndefined()
  })

  test('forgets who was to keep a key when it goes to somebody else', async () => {
    quotes = [{ ...free, isFirst: true, unattended: kept }]
    draft.text.value = 'Hello?'
    await draft.ask()
    draft.keepBy({ trustees: ['0x1'] })
    draft.readdress()
    expect([draft.unattended.value, draft.escrow.value, draft.stage.value.kind]).toEqual([
      undefined,
      'sender',
      'writing',
    ])
  })
})
