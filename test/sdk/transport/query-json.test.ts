import { expect, test } from 'vitest'
import { pageFromJson } from '../../../sdk/transport/query-json.ts'

// What a portal answers with 200 is no empty page: nobody has said that nothing is there.
test.each([{}, [], null, 'ok', { status: 'login required' }, { envelopes: null }, { envelopes: {} }])(
  'an answer of %j is no page',
  (json) => expect(() => pageFromJson(json)).toThrow(expect.objectContaining({ code: 'node.response' })),
)

test('an answer without envelopes is an empty page where it says so', () => {
  expect(pageFromJson({ envelopes: [] }).envelopes).toEqual([])
})
