import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { provideLink, providePath } from '../../../service/node/provide-link.ts'

const [wallet, recipient] = ['0x937C0d4a6294cdfa575de17382c7076b579DC176', `0x${'1'.repeat(40)}`] as const
const about = `to=${recipient}&from=${wallet}`

describe('the link for somebody who was refused', () => {
  test.each([
    ['names both accounts where no host is told', 'https://a.test/p', 'invite', `https://a.test/p#${about}`],
    ['leaves the page its own parameters', 'https://a.test/p?x=1#y=2', 'invite', `https://a.test/p?x=1#y=2&${about}`],
    [
      'says that a first message waits, where it is one',
      'https://a.test/',
      'intro',
      `https://a.test/#${about}&kind=intro`,
    ],
  ] as const)('%s', (_, page, kind, link) => {
    expect(provideLink(page, { wallet, recipient, kind })).toBe(link)
  })
})

test('leads to the page of the app where the node serves one, and else to the API', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-app-'))
  const pathFor = (app: string) => providePath({ config: { app } as never, folder })
  expect(pathFor('on')).toBe('docs')
  await writeFile(join(folder, 'provide.html'), '')
  expect(pathFor('on')).toBe('app/provide.html')
  expect(pathFor('off')).toBe('docs')
  expect(pathFor('https://elsewhere.test/app/')).toBe('docs')
  await rm(folder, { recursive: true })
})
