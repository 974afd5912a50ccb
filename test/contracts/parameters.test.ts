import { createRequire } from 'node:module'
import { keccak256, stringToBytes } from 'viem'
import { describe, expect, test } from 'vitest'
import { parseParameters, readParameters } from '../../scripts/deployment/parameters.ts'

const require = createRequire(import.meta.url)
const deployed = (network: string): { address: string } =>
  require(`@ethereum-attestation-service/eas-contracts/deployments/${network}/EAS.json`)

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
    const given = { price: '2000000000000000000', disposal: 1, ownerDelay: 0, operators: [] }
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
    ['a hash that is too short', { networkId: '0x00' }, 'Parameter networkId: It must be 32 bytes in hexadecimal.'],
  ])('are refused for %s', (_, given, message) => {
    expect(() => parseParameters(given)).toThrow(message)
  })
})
