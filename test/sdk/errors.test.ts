import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { AddressMalformedError } from '../../sdk/crypto/index.ts'
import { PaymentError } from '../../sdk/payments/index.ts'
import { NodeUnavailableError } from '../../sdk/transport/index.ts'

describe('the name of an error', () => {
  test.each([
    [new NodeUnavailableError('x'), 'NodeUnavailableError'],
    [new AddressMalformedError('x'), 'AddressMalformedError'],
    [new PaymentError('token.balance-too-low', 'x'), 'TokenBalanceTooLowError'],
  ])('comes from its code: %s', (error, name) => {
    expect(error.name).toBe(name)
    expect(String(error)).toBe(`${name}: x`)
  })

  test('is the same in a minified build', async () => {
    const source = `import { fromBase64 } from './sdk/crypto/index.ts'
      try { fromBase64('*') } catch (error) { globalThis.caught = [error.name, error.constructor.name] }`
    const { outputFiles } = await build({
      stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'node',
      write: false,
      external: ['tiny-secp256k1'],
      logLevel: 'silent',
    })
    const caught = new Function(`const globalThis = {}; ${outputFiles[0]?.text}; return globalThis.caught`)()
    expect(caught).toEqual(['BytesMalformedError', expect.stringMatching(/^.{1,2}$/)])
  })
})
