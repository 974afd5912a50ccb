import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from './package.ts'
import { runStep } from './steps.ts'

/** A folder of somebody else's who has installed the packed packages. */
export type Consumer = { readonly folder: string; remove(): Promise<void> }

type Options = {
  /** Of what is built: sdk, service. */
  readonly packages: readonly string[]
  /** Packages that the consumer has besides; all that the repository has unless given. */
  readonly dependencies?: readonly string[]
}

/** Packs packages as npm publishes them, and unpacks them into a folder of its own; dependencies are linked, not fetched. */
export async function installPacked({ packages, dependencies }: Options): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-consumer-'))
  await writeFile(join(folder, 'package.json'), '{"name":"consumer","private":true,"type":"module"}')
  await linkAll(folder, dependencies ?? (await everyDependency()))
  for (const name of packages) {
    await run(['npm', 'pack', '--silent', resolve(name, 'dist'), '--pack-destination', folder])
    const [archive = ''] = (await readdir(folder)).filter((file) => file.startsWith(`pennypost-${name}-`))
    const target = join(folder, 'node_modules/@pennypost', name)
    await mkdir(target, { recursive: true })
    await run(['tar', '-xzf', join(folder, archive), '-C', target, '--strip-components=1'])
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

async function everyDependency(): Promise<string[]> {
  const names = (await readdir('node_modules')).filter((name) => !name.startsWith('.') && name !== '@pennypost')
  const nested = names.map(async (name) =>
    name.startsWith('@') ? (await readdir(join('node_modules', name))).map((part) => `${name}/${part}`) : [name],
  )
  return (await Promise.all(nested)).flat()
}

async function linkAll(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const link = join(folder, 'node_modules', name)
    await mkdir(join(link, '..'), { recursive: true })
    await symlink(resolve('node_modules', name), link, 'junction')
  }
}

/**
 * Type-checks every entry of the packed SDK, its own declarations too, where neither Node's types nor optional peers are, and
 * the examples as applications have them.
 */
export async function checkTypes(entries: readonly string[]): Promise<void> {
  const dependencies = ['@bufbuild/protobuf', '@noble/ciphers', '@noble/curves', '@noble/hashes', 'viem']
  const consumer = await installPacked({ packages: ['sdk'], dependencies })
  try {
    const lines = entries.map((entry, i) => `export * as entry${i} from '@pennypost/sdk${entry.slice(1)}'`)
    await writeFile(join(consumer.folder, 'index.ts'), `${lines.join('\n')}\n`)
    // Those in a folder of their own are servers, which have Node's types: their test compiles and runs them.
    const isOfApplication = async (path: string) => path === 'examples' || !(await stat(path)).isDirectory()
    await cp('examples', join(consumer.folder, 'examples'), { recursive: true, filter: isOfApplication })
    await writeFile(join(consumer.folder, 'environment.d.ts'), environment)
    await writeFile(join(consumer.folder, 'tsconfig.json'), JSON.stringify(strictConfig))
    const { output } = await runStep({ name: 'consumer', command: ['tsc', '-p', consumer.folder] })
    const ours = output
      .split('\n')
      .filter((line) => /@pennypost|^index\.ts|^examples|consumer-/.test(line) && line.includes('error TS'))
    if (ours.length > 0) throw new Error(`The published types do not compile:\n${ours.join('\n')}`)
  } finally {
    await consumer.remove()
  }
}

const strictConfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  },
  include: ['index.ts', 'environment.d.ts', 'examples'],
}

/** What the examples ask of Node. */
const environment = 'declare const process: { readonly env: Record<string, string | undefined> }\n'
