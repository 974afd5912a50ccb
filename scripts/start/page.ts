/** How the story looks in a terminal; plain where the output is no terminal. */
const isColoured = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code: number, text: string): string => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text)

export const bold = (text: string): string => paint(1, text)
export const dim = (text: string): string => paint(2, text)

let scene = 0

/** A new scene, with its number. */
export function tellScene(title: string): void {
  scene += 1
  console.log(`\n${bold(`${scene}. ${title}`)}`)
}

/** One fact of a scene; long ones go on below themselves. */
export function tellFact(name: string, value: string): void {
  const [first = '', ...rest] = wrap(value, width - indent)
  console.log(`   ${dim(name.padEnd(indent - 4))} ${first}`)
  for (const line of rest) console.log(`${' '.repeat(indent)}${line}`)
}

/** Two columns beside each other. */
export function tellColumns([left, right]: readonly [readonly string[], readonly string[]]): void {
  const half = Math.floor((width - 6) / 2)
  const [a, b] = [left, right].map((lines) => lines.flatMap((line) => wrap(line, half)))
  for (let i = 0; i < Math.max(a?.length ?? 0, b?.length ?? 0); i++) {
    const [one = '', other = ''] = [a?.[i], b?.[i]]
    const text = `   ${one.padEnd(half)} ${dim('│')} ${other}`.trimEnd()
    console.log(i === 0 ? bold(text) : text)
  }
}

const width = 112
const indent = 24

function wrap(text: string, columns: number): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    const longer = last ? `${last} ${word}` : word
    if (longer.length <= columns || !last) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** A picture's words in a frame. */
export function tellPicture(texts: readonly string[]): void {
  const inner = Math.max(...texts.map(({ length }) => length)) + 4
  const lines = texts.map((text) => {
    const before = (inner - text.length) >> 1
    return `│${' '.repeat(before)}${text}${' '.repeat(inner - before - text.length)}│`
  })
  const framed = [`╭${'─'.repeat(inner)}╮`, ...lines, `╰${'─'.repeat(inner)}╯`]
  for (const line of framed) console.log(`${' '.repeat(indent)}${line}`)
}
