import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mailLink, readMailLink } from '../../sdk/index.ts'

type Vectors = {
  readonly links: readonly { readonly page: string; readonly account: string; readonly link: string }[]
  readonly refused: readonly { readonly text: string; readonly fault: string }[]
}

const { links, refused }: Vectors = JSON.parse(readFileSync('test/vectors/mail-links.json', 'utf8'))
const account = '0x937C0d4a6294cdfa575de17382c7076b579DC176'
const page = 'https://pennypost.example/mail.html'

/** What a step throws of itself. */
function faultOf(step: () => unknown): unknown {
  try {
    return step()
  } catch (error) {
    const { code, fault } = error as { code?: string; fault?: string }
    return [code, fault]
  }
}

describe('a link that tells of mail', () => {
  test.each(links)('is byte for byte $link', ({ link, ...parts }) => {
    expect(mailLink(parts)).toBe(link)
    expect(readMailLink(link)).toEqual(parts)
  })

  test.each(refused)('is not “$text” ($fault)', ({ text, fault }) => {
    expect(faultOf(() => readMailLink(text))).toEqual(['mail-link.malformed', fault])
  })

  test('is the same however its page and its account were written', () => {
    const written = { page: 'HTTPS://Pennypost.Example:443/app/../mail.html', account: account.toLowerCase() }
    expect(mailLink(written)).toBe(`${page}#for=${account}`)
  })

  test('has 256 characters at most', () => {
    const pageOf = (length: number) => `https://pennypost.example/${'a'.repeat(length - 26)}`
    const longest = mailLink({ page: pageOf(256 - 47), account })
    expect(longest).toHaveLength(256)
    expect(readMailLink(longest).account).toBe(account)
    const tooLong = ['mail-link.malformed', 'too-long']
    expect(faultOf(() => mailLink({ page: pageOf(256 - 46), account }))).toEqual(tooLong)
    expect(faultOf(() => readMailLink(`${pageOf(256 - 46)}#for=${account}`))).toEqual(tooLong)
    expect(faultOf(() => readMailLink('<'.repeat(1_000_000)))).toEqual(tooLong)
  })

  test.each([
    'http://pennypost.example/mail.html',
    `${page}?ann`,
    `${page}?`,
    `${page}#`,
    `${page}#for=${account}`,
    'https://ann@pennypost.example/mail.html',
    'ftp://pennypost.example/mail.html',
    'mail.html',
    '',
  ])('is not made for the page “%s”', (bad) => {
    expect(faultOf(() => mailLink({ page: bad, account }))).toEqual(['mail-link.malformed', 'page'])
  })

  test('is made for an account only, with a checksum that is right or none', () => {
    for (const bad of ['', '0x12', 'ann.eth', account.replace('7', '8'), `${account}&for=${account}`])
      expect(faultOf(() => mailLink({ page, account: bad }))).toEqual(['address.malformed', undefined])
  })

  test('is never repeated with what it was made of, when it is refused', () => {
    const text = `https://ann:secret@pennypost.example/#for=${account}`
    expect(() => readMailLink(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringMatching(/secret|0x/) }),
    )
  })
})
