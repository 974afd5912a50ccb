import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { restoreManifest, swapManifest } from '../../scripts/swap-manifest.ts'

// Whoever packs may be killed at any moment, and whoever goes on must find what was there.

const own = `${JSON.stringify({ name: 'x', scripts: { prepack: 'begin', postpack: 'end' }, exports: './index.ts' })}\n`
const published = { name: 'x', files: ['dist', '!dist/package.json'], exports: './dist/index.js' }

let folder: string
const manifest = () => readFile(join(folder, 'package.json'), 'utf8')
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pennypost-pack-'))
  await writeFile(join(folder, 'package.json'), own)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a folder is packed with another manifest, which has its scripts for the next time, and gets its own back', async () => {
  await swapManifest(folder, published)
  expect(JSON.parse(await manifest())).toEqual({ ...published, scripts: JSON.parse(own).scripts })
  await restoreManifest(folder)
  expect(await manifest()).toBe(own)
  expect(await readdir(folder)).toEqual(['package.json'])
  await restoreManifest(folder)
  expect(await manifest()).toBe(own)
})

test('what was changed in a manifest that was not swapped stays, whatever a killed run has kept', async () => {
  await writeFile(join(folder, 'package.json.kept'), own)
  const edited = own.replace('"x"', '"y"')
  await writeFile(join(folder, 'package.json'), edited)
  await restoreManifest(folder)
  expect([await manifest(), await readdir(folder)]).toEqual([edited, ['package.json']])
})

test('whenever a run is killed, there is a manifest, and its own comes back', async () => {
  const path = JSON.stringify(join(process.cwd(), 'scripts/swap-manifest.ts'))
  const code = `import { restoreManifest, swapManifest } from ${path}
    console.log('begun')
    for (;;) { await swapManifest(${JSON.stringify(folder)}, ${JSON.stringify(published)}); await restoreManifest(${JSON.stringify(folder)}) }`
  for (let kills = 0; kills < 6; kills++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code])
    await once(child.stdout, 'data')
    await setTimeout(3 * kills)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(['x', JSON.parse(own).scripts]).toEqual([
      JSON.parse(await manifest()).name,
      JSON.parse(await manifest()).scripts,
    ])
    await restoreManifest(folder)
    expect(await manifest()).toBe(own)
  }
})
