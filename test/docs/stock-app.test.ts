import { readFile } from 'node:fs/promises'
import { transform } from 'esbuild'
import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attachmentCodec,
  attachmentType,
  type Client,
  reactionCodec,
  reactionType,
  replyCodec,
  replyType,
  textType,
} from '../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, textsOf } from '../helpers/light-network.ts'
import { createStockApp } from '../helpers/stock.ts'

// What docs/guides/stock-app.md says, done. Identities, streams, pages, consent and V1 are in test/interop, mirrors in test/e2e.

// biome-ignore lint/suspicious/noExplicitAny: stock clients come untyped
type Any = any
type Refusal = { readonly reason: string; readonly text: string; readonly link: string | undefined }
const provideUrl = 'https://mail.example/provide.html'
const codecs = [reactionCodec, replyCodec, attachmentCodec]

describe.each([11, 12, 13] as const)('an app on the stock client %i', (version) => {
  let network: LightNetwork
  let reader: Client
  let app: Any
  let readRefusal: (error: unknown) => Refusal | undefined

  beforeAll(async () => {
    const guide = await readFile('docs/guides/stock-app.md', 'utf8')
    const written = /```ts\n(\/\*\* What a node has refused.*?)```/s.exec(guide)?.[1] ?? expect.fail('It has no code.')
    const { code } = await transform(written, { loader: 'ts' })
    ;({ readRefusal } = await import(`data:text/javascript,${encodeURIComponent(code)}`))
    network = await startLightNetwork({ provideUrl })
    reader = await network.client(1, { codecs })
    await reader.policy.set('request')
    app = await createStockApp(generatePrivateKey(), { url: network.url, version, env: 'production' })
  })
  afterAll(async () => {
    await app?.close()
    await network?.close()
  })

  const refusedOf = async (to: string) => app.conversations.newConversation(to).catch((error: unknown) => error)

  test('reads why it was refused, in a code, in words and by one link', async () => {
    const error = await refusedOf(reader.address)
    const refusal = readRefusal(error)
    expect(refusal?.reason).toBe('policy.refused')
    expect(refusal?.text).toContain('a small request')
    expect(refusal?.link).toBe(`${provideUrl}#to=${reader.address}&from=${app.address}`)
    expect(error.message.match(/https?:/g)).toHaveLength(1)
  })

  test.each([
    undefined,
    null,
    'policy.refused: no',
    new Error('policy.refused: no'),
    Object.assign(new Error('no'), { code: 7 }),
    Object.assign(new Error('policy.refused: no'), { code: 14 }),
  ])('takes nothing else for a refusal: %s', (error) => {
    expect(readRefusal(error)).toBeUndefined()
  })

  test('goes on in the conversation without another error, and is read from its beginning once it is let in', async () => {
    const same = await app.conversations.newConversation(reader.address)
    expect((await app.conversations.list()).map(({ topic }: Any) => topic)).toEqual([same.topic])
    await same.send('Are you there?')
    await same.send('It is me.')
    expect(await textsOf(reader)).toEqual([])
    const provider = await network.client(2)
    const opened = await provider.openWalletLane({ wallet: app.address, recipient: reader.address })
    expect(opened).toMatchObject({ ok: true, isDelivered: true })
    expect(await textsOf(reader)).toEqual(['Are you there?', 'It is me.'])
  })

  test('hears the answer, in contents that it has the codecs of, and sends such', async () => {
    const [ours] = await reader.conversations.list()
    expect(ours).toMatchObject({ path: 'visible' })
    for (const codec of codecs) app.registerCodec(codec)
    const [theirs] = await app.conversations.list()
    const stream = await theirs.streamMessages()
    const [asked] = await ours!.messages()
    const reference = asked!.id
    const sign = { reference, action: 'added', content: '👍', schema: 'unicode' }
    const reply = { reference, content: 'Yes.', contentType: textType }
    const file = { filename: 'a.txt', mimeType: 'text/plain', data: Uint8Array.of(1, 2) }
    for (const [content, contentType] of [
      [sign, reactionType],
      [reply, replyType],
      [file, attachmentType],
    ] as const) {
      expect(await ours!.send(content, { contentType })).toMatchObject({ ok: true })
      expect((await stream.next()).value.content).toMatchObject(
        contentType === replyType ? { reference, content: 'Yes.' } : content,
      )
    }
    await stream.return()
    expect((await theirs.messages())[0].id).toBe(reference) // which is why references hold on both sides
    await theirs.send({ ...sign, content: '🙏' }, { contentType: reactionType })
    expect((await ours!.messages()).at(-1)?.content).toEqual({ ...sign, content: '🙏' })
  })

  test('is told of a block without a link', async () => {
    const other = await network.client(3)
    await other.block(app.address)
    const refusal = readRefusal(await refusedOf(other.address))
    expect(refusal).toMatchObject({ reason: 'policy.blocked', link: undefined })
  })
})
