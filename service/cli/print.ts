/** Control characters, and those that turn the direction of text: what a terminal would obey, or a reader misread. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that must not be printed
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Somebody else's text for a terminal: nothing in it is obeyed, and lines after the first are indented so that none looks like ours. */
export const showText = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(obeyed, '\ufffd').replaceAll('\n', '\n    ')

/** One line of JSON; characters that a terminal would obey are escaped there too. */
export const showJson = (value: object): string =>
  JSON.stringify(value).replace(obeyed, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A moment as people write it. */
export const showTime = (time: Date): string =>
  time
    .toISOString()
    .replace('T', ' ')
    .replace(/[.]\d+Z$/, ' UTC')

/** Unix seconds as JSON has moments. */
export const isoOf = (seconds: number | bigint): string => new Date(Number(seconds) * 1000).toISOString()
