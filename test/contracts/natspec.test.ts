import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { contractErrors } from '../../sdk/payments/index.ts'

/** Errors of other makers' contracts that ours pass on. */
const inherited = ['OwnableUnauthorizedAccount', 'ExpectedPause']

/** What only a constructor reverts with, a hook that another contract calls, as EAS does, or a view of another interface. */
const elsewhere =
  /^(CheckpointRegistryIncomplete|NoticePriceWrong|NoticeBound|NoticeUnknown|NoteTreeCapacityWrong|PaymentsClassUnknown|ConnectionResolver\w+)$/

const names = await readdir('contracts/interfaces')
const sources = await Promise.all(names.map((name) => readFile(`contracts/interfaces/${name}`, 'utf8')))

describe.each(names.map((name, i) => [name, sources[i] ?? ''] as const))('%s', (_, source) => {
  const said = [...source.matchAll(/@dev Reverts with ((?:(?!\n {4}\/\/\/ @|\n {4}function)[\s\S])*)/g)]
    .flatMap(([, list = '']) => [...list.matchAll(/`([A-Z]\w+)`/g)])
    .map(([, error = '']) => error)

  test('each error is said of a function that reverts with it', () => {
    const declared = [...source.matchAll(/^ {4}error (\w+)\(/gm)].map(([, error = '']) => error)
    expect(declared.filter((error) => !said.includes(error) && !elsewhere.test(error))).toEqual([])
  })

  test('what a function is said to revert with is an error', () => {
    expect(said.filter((error) => !(error in contractErrors) && !inherited.includes(error))).toEqual([])
  })
})
