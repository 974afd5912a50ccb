import { glob, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { runStep } from '../steps.ts'
import { type Mutant, mutantsOf } from './mutants.ts'
import { type Target, targets } from './targets.ts'

// Changes one line of the product after the other, and says which changes no test notices.
//
//   npm run mutate -- client --sample 20 --seed monday
//   npm run mutate -- contracts --files contracts/Postage.sol
//   npm run mutate -- contracts --sample 1000 --near --part 1/2
//
// It changes files where it runs: use a clean checkout of its own. Each file is put back after each mutant, and when the
// program is stopped.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '20' },
    seed: { type: 'string', default: 'pennypost' },
    files: { type: 'string', multiple: true },
    near: { type: 'boolean', default: false },
    part: { type: 'string', default: '1/1' },
  },
})

/** What takes longer than this goes round in a circle, and is noticed. */
const mostSeconds = values.near ? 180 : 1800

const target = targets.find(({ name }) => name === positionals[0])
if (!target) {
  console.error(`Say what to change: ${targets.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
process.exit(await mutate(target))

type Chosen = Mutant & { readonly path: string }

async function mutate(target: Target): Promise<number> {
  const mutants = await choose(target)
  await requireGreen(mutants.flatMap(({ path }) => commandsFor(target, path)))
  const survivors: Chosen[] = []
  for (const [i, mutant] of mutants.entries()) {
    const seconds = performance.now()
    const isNoticed = await withMutant(mutant, () => isNoticedBy(target, mutant.path))
    if (!isNoticed) survivors.push(mutant)
    const took = ((performance.now() - seconds) / 1000).toFixed(0)
    console.log(`${i + 1}/${mutants.length} ${isNoticed ? 'noticed ' : 'SURVIVED'} ${describe(mutant)} (${took} s)`)
  }
  console.log(`\n${mutants.length - survivors.length} noticed, ${survivors.length} survived`)
  return survivors.length === 0 ? 0 : 1
}

function describe({ path, line, before, after }: Chosen): string {
  return `${path}:${line}\n    - ${before}\n    + ${after}`
}

/** Some of all mutants, the same ones for the same seed; with `--part`, every n-th of those. */
async function choose({ sources, extension }: Target): Promise<Chosen[]> {
  const all: Chosen[] = []
  const paths = values.files ?? (await filesOf(sources, extension))
  for (const path of paths) {
    const text = await readFile(path, 'utf8')
    all.push(...mutantsOf(path, text).map((mutant) => ({ ...mutant, path })))
  }
  const ranked = all.map((mutant) => ({ mutant, rank: hash(`${values.seed} ${mutant.path} ${mutant.text}`) }))
  ranked.sort((a, b) => a.rank - b.rank)
  const [part = 1, parts = 1] = values.part.split('/').map(Number)
  const sample = ranked.slice(0, Number(values.sample)).filter((_, i) => i % parts === part - 1)
  return sample.map(({ mutant }) => mutant)
}

async function filesOf(sources: readonly string[], extension: string): Promise<string[]> {
  const patterns = sources.map((source) => `${source}/**/*${extension}`)
  const exclude = (path: string) => /node_modules|dist|generated|mocks/.test(path)
  const found: string[] = []
  for await (const path of glob(patterns, { exclude })) found.push(path)
  return found.filter((path) => !exclude(path)).sort()
}

async function withMutant<T>({ path, text }: Chosen, step: () => Promise<T>): Promise<T> {
  const original = await readFile(path, 'utf8')
  const restore = () => writeFile(path, original)
  const stop = () => restore().then(() => process.exit(130))
  process.once('SIGINT', stop)
  try {
    await writeFile(path, text)
    return await step()
  } finally {
    await restore()
    process.off('SIGINT', stop)
  }
}

async function isNoticedBy(target: Target, path: string): Promise<boolean> {
  for (const command of commandsFor(target, path)) {
    const { code } = await runStep({ name: 'mutant', command }, { mostSeconds })
    if (code !== 0) return true
  }
  return false
}

function commandsFor({ near, tests }: Target, path: string): readonly (readonly string[])[] {
  const nearest = near ? near(path) : tests.slice(0, 1)
  return values.near ? nearest : [...nearest, ...(near ? tests : tests.slice(1))]
}

/** A test that fails without any change would notice every change. */
async function requireGreen(commands: readonly (readonly string[])[]): Promise<void> {
  for (const command of new Map(commands.map((command) => [command.join(' '), command])).values()) {
    const { code, output } = await runStep({ name: 'unchanged', command }, { mostSeconds })
    if (code === 0) continue
    console.error(`${output}\nThis fails without any change: ${command.join(' ')}`)
    process.exit(2)
  }
}

/** FNV-1a of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return value >>> 0
}
