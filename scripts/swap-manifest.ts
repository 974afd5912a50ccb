import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

// npm packs a folder with the package.json that lies there, which names sources. While it packs, another lies there.

const fileOf = (folder: string) => join(folder, 'package.json')
const keptOf = (folder: string) => join(folder, 'package.json.kept')

/**
 * Puts another manifest into a folder, with the scripts of the one that is there: so the next `npm pack` mends what a killed one has
 * left. There is one at every moment.
 */
export async function swapManifest(folder: string, published: object): Promise<void> {
  const { scripts } = JSON.parse(await readFile(fileOf(folder), 'utf8'))
  await write(keptOf(folder), (draft) => copyFile(fileOf(folder), draft))
  const swapped = `${JSON.stringify({ ...published, scripts }, null, 2)}\n`
  await write(fileOf(folder), (draft) => writeFile(draft, swapped))
}

/** Puts the folder's own manifest back, where another lies there. */
export async function restoreManifest(folder: string): Promise<void> {
  const found = await readFile(fileOf(folder), 'utf8')
  const isSwapped = JSON.parse(found).files?.includes('dist') // what is built is named by no source
  const put = isSwapped ? rename(keptOf(folder), fileOf(folder)) : rm(keptOf(folder))
  await put.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Whole, or as it was. */
async function write(file: string, make: (draft: string) => Promise<void>): Promise<void> {
  await make(`${file}.draft`)
  await rename(`${file}.draft`, file)
}
