import { createRequire } from 'node:module'
import { keccak256, stringToBytes } from 'viem'
import { describe, expect, test } from 'vitest'
import { withDefaultRule } from '../../scripts/deployment/default-rule.ts'
import { parseParameters, readParameters } from '../../scripts/deployment/parameters.ts'

const require = createRequire(import.meta.url)
const deployed = (network: string): { address: string } =>
  require(`@ethereum-attestation-service/eas-contracts/deployments/${network}/EAS.json`)

const issuer = {
  url: 'https://issuer.example',
  x: '0x0bb77a6ad63e739b4eacb2e09d6277c12ab8d8010534e0b62893f3f6bb957051',
  y: '0x25797203f7a0b24925572e1cd16bf9edfce0051fb9e133774b3c257a872d7d8b',
}
const neutral = { x: `0x${'0'.repeat(64)}`, y: `0x${'0'.repeat(63)}1` }

describe("a network's parameters", () => {
  test.each([
    ['sepolia', 'pennypost-sepolia', 'sepolia'],
    ['baseSepolia', 'pennypost-base-sepolia', 'base-sepolia'],
  ])('of %s name the network and its attestation service', async (network, name, folder) => {
    expect(await readParameters(network)).toEqual({
      networkId: keccak256(stringToBytes(name)),
      eas: deployed(folder).address,
    })
  })

  test('are none where no file is kept', async () => {
    expect(await readParameters('localhost')).toEqual({})
  })

  test('turn amounts into big integers and leave the rest', () => {
    const given = { price: '2000000000000000000', disposal: 1, ownerDelay: 0, operators: [], issuers: [issuer] }
    expect(parseParameters(given)).toEqual({ ...given, price: 2n * 10n ** 18n })
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a name that is none', { prise: '1' }, 'Parameter prise: There is no such parameter.'],
    [
      'an amount that JSON has rounded',
      { price: 1e21 },
      "Parameter price: It must be a decimal string, in the token's smallest unit.",
    ],
    [
      'an amount of whole tokens',
      { signerBond: '1.5' },
      "Parameter signerBond: It must be a decimal string, in the token's smallest unit.",
    ],
    ['a time below zero', { ownerDelay: -1 }, 'Parameter ownerDelay: It must be a whole number, not negative.'],
    [
      'an address with a wrong checksum',
      { eas: '0xC2679fBD37d54388Ce493F1DB75320D236e1815E' },
      'Parameter eas: It must be an address.',
    ],
    ['a list with something else in it', { signers: ['0x00'] }, 'Parameter signers: It must be a list of addresses.'],
    ['an issuer without a URL', { issuers: [{ ...issuer, url: 'issuer' }] }, 'Parameter issuers: It must be a list of'],
    ['a list of nothing', { issuers: [null] }, 'Parameter issuers: It must be a list of issuers'],
    ['an issuer whose key is no point', { issuers: [{ ...issuer, y: issuer.x }] }, 'Parameter issuers: It must be a'],
    [
      'an issuer whose key is of small order',
      { issuers: [{ ...issuer, ...neutral }] },
      'Parameter issuers: It must be',
    ],
    ['an issuer with half a key', { issuers: [{ ...issuer, x: '0x12' }] }, 'Parameter issuers: It must be a list of'],
    [
      'a default rule that nobody attests',
      { defaultRule: 'age eip155:1 >= 90 days' },
      'Parameter defaultRule: It asks for',
    ],
    [
      'a floor that asks more issuers than there are',
      { floor: 'stamp 1 or age eip155:1 >= 90 days by 2 issuers', issuers: [issuer] },
      'Parameter floor: It asks for a fact by 2 of the issuers, and `issuers` names 1.',
    ],
    ['a hash that is too short', { networkId: '0x00' }, 'Parameter networkId: It must be 32 bytes in hexadecimal.'],
  ])('are refused for %s', (_, given, message) => {
    expect(() => parseParameters(given)).toThrow(message)
  })

  test('ask for an old account where somebody attests that, unless they say something else', () => {
    const aged = 'connection or age eip155:10 >= 90 days or request or stamp 1'
    expect(withDefaultRule(parseParameters({ issuers: [issuer] }), 10)).toMatchObject({ defaultRule: aged })
    const own = { issuers: [issuer], defaultRule: `${aged} or stake 1` }
    expect(withDefaultRule(parseParameters(own), 10)).toMatchObject({ defaultRule: `${aged} or stake 1` })
    for (const none of [{}, { issuers: [] }])
      expect(withDefaultRule(parseParameters(none), 10)).not.toHaveProperty('defaultRule')
  })
})
