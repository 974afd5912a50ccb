import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const readSources = async (folder: string) => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sol'))
  return await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}
const importsOf = (text: string) => [...text.matchAll(/^import .* from "(.+)";$/gm)].map(([, path]) => path!)

describe('the contracts', () => {
  test.each([
    {
      folder: 'contracts',
      may: /^(@openzeppelin\/contracts|@ethereum-attestation-service\/eas-contracts\/contracts|\.\/interfaces|\.\/libraries)\//,
    },
    { folder: 'contracts/libraries', may: /^(@openzeppelin\/contracts|poseidon-solidity|\.\.\/interfaces|\.)\// },
    {
      folder: 'contracts/interfaces',
      may: /^(@openzeppelin\/contracts|@ethereum-attestation-service\/eas-contracts\/contracts|\.)\//,
    },
  ])('in $folder import no contract of ours', async ({ folder, may }) => {
    const sources = await readSources(folder)
    expect(sources.length).toBeGreaterThan(0)
    for (const { name, text } of sources) {
      for (const path of importsOf(text)) expect(path, name).toMatch(may)
    }
  })

  test('tell every error, event and function in their interfaces', async () => {
    for (const { name, text } of await readSources('contracts/interfaces')) {
      const lines = text.split('\n')
      lines.forEach((line, i) => {
        if (/^ {4}(error|event|function|struct|enum) /.test(line))
          expect(lines[i - 1], `${name}: ${line}`).toContain('///')
      })
    }
  })

  test('fit the size that chains accept', async () => {
    const names = [
      'CheckpointRegistry',
      'ConnectionResolver',
      'NoteTree',
      'Notice',
      'OperatorPool',
      'Payments',
      'Postage',
      'PostageToken',
      'StakeRegistry',
    ]
    for (const name of names) {
      const artifact = await readFile(`artifacts/contracts/${name}.sol/${name}.json`, 'utf8')
      expect((JSON.parse(artifact).deployedBytecode.length - 2) / 2, name).toBeLessThan(24_576)
    }
  })
})
