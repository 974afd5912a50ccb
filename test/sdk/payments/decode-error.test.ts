import { readFile } from 'node:fs/promises'
import {
  type Abi,
  BaseError as ChainError,
  ContractFunctionRevertedError,
  encodeErrorResult,
  HttpRequestError,
} from 'viem'
import { describe, expect, test } from 'vitest'
import * as abis from '../../../sdk/generated/abis.ts'
import { contractErrors, decodeError, PaymentError } from '../../../sdk/payments/index.ts'

/** Errors of owners' functions and of the insides of OpenZeppelin and EAS, which no payment meets. */
const unmet =
  /^(Ownable|ExpectedPause|InvalidShortString|StringTooLong|SafeCast|StringsInsufficient|AccessDenied|Insufficient|Invalid(EAS|Length)|NotPayable)/

const errors = Object.values<Abi>(abis)
  .flat()
  .flatMap((item) => (item.type === 'error' && !unmet.test(item.name) ? [item] : []))

const samples: Readonly<Record<string, unknown>> = {
  address: `0x${'11'.repeat(20)}`,
  string: 'x',
  uint256: 7n,
  uint8: 3,
  bytes32: `0x${'22'.repeat(32)}`,
  bytes: '0x1234',
}

describe('the errors of the contracts', () => {
  test('each has one code, and nothing else is in the table', () => {
    expect(Object.keys(contractErrors).sort()).toEqual([...new Set(errors.map(({ name }) => name))].sort())
  })

  test('each is decoded with its values', () => {
    for (const item of errors) {
      const args = item.inputs.map(({ type }) => samples[type])
      const abi = [item] as Abi
      const data = encodeErrorResult({ abi, errorName: item.name, args })
      const cause = new ContractFunctionRevertedError({ abi, data, functionName: 'buy' })
      const decoded = decodeError(new ChainError('It failed.', { cause }))
      expect(decoded).toBeInstanceOf(PaymentError)
      const { code, fields } = contractErrors[item.name] ?? {}
      expect(decoded).toMatchObject({ code, values: fields ? [fields[3], ...args.slice(1)] : args })
    }
  })

  test('fields are called what the contracts call them', async () => {
    for (const [error, { fields }] of Object.entries(contractErrors)) {
      if (!fields) continue
      const source = await readFile(`contracts/interfaces/I${error.replace(/(Class)?OutOfRange/, '')}.sol`, 'utf8')
      const [, names = ''] = source.match(/enum Field \{([^}]*)\}/) ?? []
      const given = names.split(',').map((name) => name.trim())
      expect(fields.map((field) => field.charAt(0).toUpperCase() + field.slice(1))).toEqual(given)
    }
  })

  test('what is not known keeps its own words', () => {
    const cause = new ContractFunctionRevertedError({ abi: [], functionName: 'buy', message: 'Out of gas' })
    expect(decodeError(new ChainError('It failed.', { cause }))).toMatchObject({ code: 'payment.reverted' })
    expect(decodeError(new ChainError('Odd.'))).toMatchObject({ code: 'payment.failed', message: 'Odd.' })
    const unreachable = new HttpRequestError({ url: 'http://chain.example' })
    expect(decodeError(unreachable)).toMatchObject({ code: 'chain.unavailable' })
    const foreign = new Error('Not of the chain.')
    expect(decodeError(foreign)).toBe(foreign)
  })

  test('the names are those of the interfaces', async () => {
    const interfaces = ['IPostage', 'INoteTree', 'IPayments', 'IOperatorPool', 'IStakeRegistry', 'INotice']
    const sources = await Promise.all(
      [...interfaces, 'ICheckpointRegistry', 'IConnectionResolver'].map((name) =>
        readFile(`contracts/interfaces/${name}.sol`, 'utf8'),
      ),
    )
    const declared = [...sources.join('\n').matchAll(/^ {4}error (\w+)\(/gm)].map(([, name]) => name)
    expect(declared.length).toBeGreaterThan(60)
    for (const name of declared) expect(contractErrors).toHaveProperty(name ?? '')
  })
})
