import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Writes down the files that a guide shows, each of which begins with its name. */
export async function writeFilesOf(page: string, folder: string): Promise<string[]> {
  const blocks = [...(await readFile(page, 'utf8')).matchAll(/^```js\n(\/\/ (\S+)\n[\s\S]*?)^```$/gm)]
  await mkdir(join(folder, 'public'), { recursive: true })
  for (const [, code = '', name = ''] of blocks) await writeFile(join(folder, name), code)
  return blocks.map(([, , name = '']) => name)
}

/** Runs a Node program in a folder. */
export const runIn = (folder: string, args: readonly string[]) =>
  promisify(execFile)(process.execPath, [...args], { cwd: folder })

/** All files below a folder, with what is in them. */
export async function readAll(folder: string): Promise<Map<string, string>> {
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const read = async ({ parentPath, name }: { parentPath: string; name: string }) =>
    [name, await readFile(join(parentPath, name), 'latin1')] as const
  return new Map(await Promise.all(paths.map(read)))
}
