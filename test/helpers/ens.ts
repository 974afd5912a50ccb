import { decodeFunctionData, encodeAbiParameters, type Hex, hexToBytes } from 'viem'
import { packetToBytes } from 'viem/ens'

const resolverAbi = [
  {
    name: 'resolveWithGateways',
    type: 'function',
    stateMutability: 'view',
    inputs: [
      { name: 'name', type: 'bytes' },
      { name: 'data', type: 'bytes' },
      { name: 'gateways', type: 'string[]' },
    ],
    outputs: [{ type: 'bytes' }, { type: 'address' }],
  },
] as const

/** The names' contract on Ethereum, as far as one of its calls goes: what it answers when it is asked for an account. */
export function answerEns(call: { readonly data: Hex }, accountOf: (name: string) => Hex | undefined): Hex {
  const { args } = decodeFunctionData({ abi: resolverAbi, data: call.data })
  const name = [...namesOf(hexToBytes(args[0]))].join('.')
  const account = accountOf(name)
  if (hexToBytes(args[0]).join() !== packetToBytes(name).join()) throw new Error(`not as names are packed: ${name}`)
  const found = account ? encodeAbiParameters([{ type: 'address' }], [account]) : '0x'
  return encodeAbiParameters([{ type: 'bytes' }, { type: 'address' }], [found, `0x${'11'.repeat(20)}`])
}

function* namesOf(packed: Uint8Array): Generator<string> {
  for (let at = 0; packed[at]; at += (packed[at] ?? 0) + 1)
    yield new TextDecoder().decode(packed.subarray(at + 1, at + 1 + (packed[at] ?? 0)))
}
