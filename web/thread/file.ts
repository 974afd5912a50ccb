import type { Attachment } from '@pennypost/sdk'

/** Images that browsers draw and never run, by how their bytes begin: a dot is any byte. */
const images = {
  'image/png': '\x89PNG\r\n\x1a\n',
  'image/jpeg': '\xff\xd8\xff',
  'image/gif': 'GIF8',
  'image/webp': 'RIFF....WEBP',
} as const

/** As what a file may be shown; undefined where it may not: SVG and whatever else may run, and what is not what it says. */
export function imageTypeOf({ mimeType, data }: Pick<Attachment, 'mimeType' | 'data'>): string | undefined {
  const type = mimeType.toLowerCase()
  const begins = Object.hasOwn(images, type) && images[type as keyof typeof images]
  if (!begins || data.length < begins.length) return undefined
  return [...begins].every((char, i) => char === '.' || char.charCodeAt(0) === data[i]) ? type : undefined
}

const longestName = 80

/**
 * A file's name as it is shown and saved: no folders, nothing unseen, nothing that turns the writing round, and never hidden. Its
 * end stays, which says what it is.
 */
export function cleanFileName(name: string): string {
  const plain = name
    .slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[:*?"<>|]/g, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  if (plain === '') return 'file'
  if (plain.length <= longestName) return plain
  const end = /\.[^.]{1,12}$/.exec(plain)?.[0] ?? ''
  return plain.slice(0, longestName - end.length) + end
}

/** A size as people say it. */
export function sayBytes(count: number): string {
  if (count < 1_000) return `${count} ${count === 1 ? 'byte' : 'bytes'}`
  return count < 1_000_000 ? `${Math.round(count / 1_000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`
}

/** Hands a file to the browser to save, as bytes of no type: opened beside the page, it is nothing that runs. */
export function saveFile({ filename, data }: Attachment): void {
  const url = URL.createObjectURL(new Blob([data as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = cleanFileName(filename)
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), keptMs)
}

/** Milliseconds that a browser has to begin saving. */
const keptMs = 60_000

/** Reads a file that a person has chosen. */
export const readFile = async (file: File): Promise<Attachment> => ({
  filename: cleanFileName(file.name),
  mimeType: file.type || 'application/octet-stream',
  data: new Uint8Array(await file.arrayBuffer()),
})
