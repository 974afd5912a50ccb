import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { cleanFileName, imageTypeOf, sayBytes } from '../../web/thread/file.ts'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const png = bytes('\x89PNG\r\n\x1a\n and so on')
const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')

describe('a file is shown', () => {
  test.each([
    ['image/png', png],
    ['IMAGE/PNG', png],
    ['image/jpeg', bytes('\xff\xd8\xff\xe0')],
    ['image/gif', bytes('GIF89a')],
    ['image/webp', bytes('RIFF\x00\x01\x02\x03WEBPVP8')],
  ])('as %s where its bytes are', (mimeType, data) => {
    expect(imageTypeOf({ mimeType, data })).toBe(mimeType.toLowerCase())
  })

  test.each([
    ['an SVG', 'image/svg+xml', svg],
    ['an SVG that says to be a PNG', 'image/png', svg],
    ['a PNG that says to be an SVG', 'image/svg+xml', png],
    ['HTML', 'text/html', bytes('<script>alert(1)</script>')],
    ['a PNG that says to be HTML', 'text/html', png],
    ['a GIF that says to be a PNG', 'image/png', bytes('GIF89a')],
    ['the beginning of a PNG', 'image/png', png.subarray(0, 7)],
    ['nothing', 'image/jpeg', new Uint8Array()],
    ['what objects inherit', 'constructor', png],
    ['WAVE in the same wrapping as WebP', 'image/webp', bytes('RIFF\x00\x01\x02\x03WAVEfmt')],
  ])('only to be saved: %s', (_, mimeType, data) => {
    expect(imageTypeOf({ mimeType, data })).toBeUndefined()
  })
})

describe('the name of a file', () => {
  test.each([
    ['stamp.png', 'stamp.png'],
    ['Urlaub am Meer.jpg', 'Urlaub am Meer.jpg'],
    ['写真.png', '写真.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\evil.exe', 'evil.exe'],
    ['\u202Egnp.exe', 'gnp.exe'],
    ['a\u0000b\nc\u2028d.png', 'abcd.png'],
    ['.bashrc', 'bashrc'],
    ['stamp.png. ', 'stamp.png'],
    ['a:b*c?d"e<f>g|h.txt', 'a_b_c_d_e_f_g_h.txt'],
    ['', 'file'],
    ['..', 'file'],
    ['a/', 'file'],
    ['\u202E', 'file'],
    [`${'x'.repeat(200)}.png`, `${'x'.repeat(76)}.png`],
    ['x'.repeat(81), 'x'.repeat(80)],
    [`x.${'y'.repeat(200)}`, `x.${'y'.repeat(78)}`],
  ])('%j is shown and saved as %j', (name, clean) => {
    expect(cleanFileName(name)).toBe(clean)
  })

  prop.prop([fc.string({ unit: 'binary', maxLength: 200 })])('is never anything but a plain one', (name) => {
    expect(cleanFileName(name)).toMatch(/^[^\\/:*?"<>|\p{C}\p{Zl}\p{Zp}.\s]([^\\/:*?"<>|\p{C}\p{Zl}\p{Zp}]{0,79})$/u)
  })
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1 kB'],
  [571_400, '571 kB'],
  [1_000_000, '1.0 MB'],
  [2_340_000, '2.3 MB'],
])('%d bytes are said as %s', (count, said) => {
  expect(sayBytes(count)).toBe(said)
})
