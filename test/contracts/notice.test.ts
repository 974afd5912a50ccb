import hre from 'hardhat'
import { type Address, getAddress, maxUint256 } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noticeAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import { type GasChain, openGasChain } from './helpers/gas-chain.ts'

const recipient = getAddress('0xabcdef0123456789abcdef0123456789abcdef01')

describe('what a notice shows', () => {
  let chain: GasChain
  let notice: Address

  beforeAll(async () => {
    await hre.tasks.getTask('build').run({ quiet: true, noTests: true })
    chain = await openGasChain()
    const { address: token } = await chain.viem.deployContract('PostageToken', [chain.addressOf(0), 10n ** 20n])
    notice = (await chain.viem.deployContract('Notice', [chain.addressOf(0), token, 0, 1n])).address
    await chain.gasOf(0, token, postageTokenAbi, 'approve', [notice, maxUint256])
  })

  afterAll(() => chain.close())

  const tell = () => chain.gasOf(0, notice, noticeAbi, 'notify', [recipient])
  const readMetadata = async () => {
    const call = { address: notice, abi: noticeAbi, functionName: 'tokenURI', args: [BigInt(recipient)] } as const
    return JSON.parse(decode(await chain.client.readContract(call), 'application/json'))
  }

  test('is JSON with a name, a description, an image and numbers', async () => {
    await tell()
    const { name, description, attributes, image, ...others } = await readMetadata()
    expect(others).toEqual({})
    expect(name).toBe('Encrypted mail for you')
    expect(description).toContain(recipient)
    expect(description).toContain('to receive no more, call optOut of its contract')
    expect(noticeAbi.some(({ type, name }) => type === 'function' && name === 'optOut')).toBe(true)
    const traits = attributes.map(({ trait_type, value }: { trait_type: string; value: number }) => [trait_type, value])
    expect(traits).toEqual([
      ['Notices', 1],
      ['First', expect.any(Number)],
      ['Last', expect.any(Number)],
    ])
    expect(decode(image, 'image/svg+xml')).toContain('>1 notice<')
  })

  test('is a picture of well-formed XML without a script, a link or anything from elsewhere', async () => {
    await tell()
    const svg = decode((await readMetadata()).image, 'image/svg+xml')
    expect(svg).toContain('>2 notices<')
    expect(svg).toContain(recipient)
    expect(openTags(svg)).toEqual([])
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
    expect(svg).not.toMatch(/<script|<a |<image|<foreignObject|href|url\(|<style|\son\w+=/i)
  })
})

function decode(uri: string, type: string): string {
  const prefix = `data:${type};base64,`
  expect(uri.slice(0, prefix.length)).toBe(prefix)
  return Buffer.from(uri.slice(prefix.length), 'base64').toString('utf8')
}

/** The tags that a document leaves open; throws where one closes that is not open, or where a tag is malformed. */
function openTags(xml: string): string[] {
  const open: string[] = []
  const rest = xml.replaceAll(
    /<(\/?)([a-zA-Z]+)((?: [a-zA-Z-]+="[^"<&]*")*)(\/?)>/g,
    (_, closes, name, __, isEmpty) => {
      if (closes) expect(open.pop()).toBe(name)
      else if (!isEmpty) open.push(name)
      return ''
    },
  )
  expect(rest).not.toMatch(/[<>&]/)
  return open
}
