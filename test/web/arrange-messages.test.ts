import { describe, expect, test } from 'vitest'
import {
  attachmentType,
  type ContentTypeId,
  contentTypeId,
  type Message,
  reactionType,
  replyType,
  textType,
} from '../../sdk/index.ts'
import { arrangeMessages } from '../../web/thread/arrange-messages.ts'
import { readContent } from '../../web/thread/read-content.ts'
import { textOf } from '../../web/words/say-message.ts'

let count = 0
const message = (content: unknown, type: ContentTypeId, more: object = {}): Message =>
  ({ id: `m${++count}`, sender: 'ann', contentType: String(type), content, ...more }) as unknown as Message
const text = (content: string, more: object = {}) => message(content, textType, more)
const sign = ({ id: reference }: { id: string }, content: string, sender = 'ann', action = 'added') =>
  message({ reference, action, content, schema: 'unicode' }, reactionType, { sender })
const reply = (reference: string, content: unknown, contentType: ContentTypeId = textType) =>
  message({ reference, content, contentType }, replyType)
const file = { filename: '../\u202Egnp.exe', mimeType: 'image/png', data: new Uint8Array(3) }

const shown = (messages: readonly Message[]) =>
  arrangeMessages(messages).map(({ message, answered, signs, moreSigns }) => ({
    text: textOf(message),
    ...(answered !== undefined && { answers: answered && textOf(answered.message) }),
    ...(signs.length > 0 && { signs: Object.fromEntries(signs.map(({ content, senders }) => [content, senders])) }),
    ...(moreSigns > 0 && { moreSigns }),
  }))

describe('signs', () => {
  test('are put to what they are for, once for each sender, and taken back by who has put them', () => {
    const said = text('Shall we?')
    const signs = [sign(said, '👍'), sign(said, '👍', 'ben'), sign(said, '👍'), sign(said, 'yes'), sign(said, '😂')]
    expect(shown([said, ...signs, sign(said, 'yes', 'ben', 'removed'), sign(said, '😂', 'ann', 'removed')])).toEqual([
      { text: 'Shall we?', signs: { '👍': ['ann', 'ben'], yes: ['ann'] } },
    ])
  })

  test('that come before what they are for are put to it, too', () => {
    const said = text('Shall we?')
    expect(shown([sign(said, '👍'), said])).toEqual([{ text: 'Shall we?', signs: { '👍': ['ann'] } }])
  })

  test('to what is not in the conversation, and to other signs, are lines of their own', () => {
    const said = text('Shall we?')
    const first = sign(said, '👍')
    expect(shown([said, first, sign(first, '👎'), sign({ id: 'elsewhere' }, '🙏', 'ann', 'removed')])).toEqual([
      { text: 'Shall we?', signs: { '👍': ['ann'] } },
      { text: 'Put “👎” to a message' },
      { text: 'Took “🙏” back from a message' },
    ])
  })

  test('are shown in part where there are thousands', () => {
    const said = text('Shall we?')
    const [line] = arrangeMessages([said, ...Array.from({ length: 5_000 }, (_, i) => sign(said, `${i}`))])
    expect([line?.signs.length, line?.moreSigns]).toEqual([8, 4_992])
  })

  test('named as what objects inherit are signs', () => {
    const said = text('Shall we?')
    const [line] = arrangeMessages([said, sign(said, '__proto__'), sign({ id: 'constructor' }, 'toString')])
    expect(line?.signs).toEqual([{ content: '__proto__', senders: ['ann'] }])
  })
})

describe('replies', () => {
  test('show what they answer, be it a reply', () => {
    const said = text('Shall we?')
    const answer = reply(said.id, 'Why not.')
    expect(shown([said, answer, reply(answer.id, 'Then come.')])).toEqual([
      { text: 'Shall we?' },
      { text: 'Why not.', answers: 'Shall we?' },
      { text: 'Then come.', answers: 'Why not.' },
    ])
  })

  test('to what is not in this conversation, to themselves, to later ones and to signs answer nothing', () => {
    const said = text('Shall we?')
    const put = sign(said, '👍')
    const own = message({ reference: `m${count + 1}`, content: 'Me.', contentType: textType }, replyType)
    const early = reply('late', 'Before it.')
    const late = text('later', { id: 'late' })
    expect(shown([said, put, reply('elsewhere', 'What?'), own, early, late, reply(put.id, 'Ha.')])).toEqual([
      { text: 'Shall we?', signs: { '👍': ['ann'] } },
      { text: 'What?', answers: null },
      { text: 'Me.', answers: null },
      { text: 'Before it.', answers: null },
      { text: 'later' },
      { text: 'Ha.', answers: null },
    ])
  })

  test('may be files, and a chain of 10,000 of them is arranged like any other', () => {
    const chain = [text('first')]
    for (let i = 0; i < 10_000; i++) chain.push(reply(chain.at(-1)?.id ?? '', file, attachmentType))
    expect(shown(chain).at(-1)).toEqual({ text: 'A file: gnp.exe', answers: 'A file: gnp.exe' })
  })
})

describe('what a message holds', () => {
  const poll = contentTypeId({ ...textType, typeId: 'poll' })
  test.each<[string, Message, object]>([
    ['text', text('gm'), { kind: 'text', text: 'gm' }],
    ['a file', message(file, attachmentType), { kind: 'file', file }],
    ['a reply in a type that is unknown here', reply('x', {}, poll), { kind: 'unknown', answers: 'x' }],
    ['text of an application of its own', message('tea?', poll), { kind: 'text', text: 'tea?' }],
    [
      'what is unknown here',
      message(undefined, poll, { fallback: 'asked: tea?' }),
      { kind: 'unknown', text: 'asked: tea?' },
    ],
    [
      'a reaction that its codec refused',
      message(undefined, reactionType, { fallback: 'f' }),
      { kind: 'unknown', text: 'f' },
    ],
    [
      'a reply that its codec refused',
      message(undefined, replyType, { fallback: 'f' }),
      { kind: 'unknown', text: 'f' },
    ],
    [
      'nothing to say instead',
      message(undefined, poll, { problem: { message: 'No codec' } }),
      { kind: 'unknown', text: 'No codec' },
    ],
    ['nothing at all', message(undefined, poll), { kind: 'unknown', text: 'Something that this page cannot show.' }],
    [
      'what only looks like a reaction',
      message({}, contentTypeId({ ...textType, authorityId: 'x.org', typeId: 'reaction' })),
      { kind: 'unknown' },
    ],
  ])('is read: %s', (_, one, expected) => {
    expect(readContent(one)).toMatchObject(expected)
  })
})
