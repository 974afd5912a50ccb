import { type Address, concat, type Hex, keccak256, maxUint256, toHex, zeroHash } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { leafOf } from '../../../sdk/crypto/signals.ts'
import { checkpointRegistryAbi, noteTreeAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import { NoteForest } from '../../../sdk/notes/forest.ts'
import { fieldElement, type GasChain, type GasTable } from './gas-chain.ts'

const one = 10n ** 18n
const networkId = keccak256('0x01')
const mnemonic = 'test test test test test test test test test test test junk'
const length = 64
/** Of a tree: the second begins with the 33rd note. */
const capacity = 32
const expiry = 2_000_000_000n

type Contracts = {
  readonly token: Address
  readonly tree: Address
  readonly registry: Address
  readonly classId: bigint
}

/** Gas of disputes over a checkpoint with 64 roots: the last is of a zeroing, all others of appends. */
export async function measureCheckpoints(chain: GasChain): Promise<GasTable> {
  const { addressOf, gasOf } = chain
  const { token, tree, registry, classId } = await deployRegistry(chain)
  for (const signer of [1, 2, 4]) {
    await gasOf(0, token, postageTokenAbi, 'transfer', [addressOf(signer), 1_000n * one])
    await gasOf(signer, token, postageTokenAbi, 'approve', [registry, maxUint256])
    await gasOf(signer, registry, checkpointRegistryAbi, 'deposit', [])
  }
  const append = (i: number) => gasOf(0, tree, noteTreeAbi, 'append', [fieldElement(i), 1n, 5n, expiry])
  for (let i = 0; i < length - 1; i++) await append(i)
  await gasOf(0, tree, noteTreeAbi, 'zero', [0n])

  const { roots, steps } = growLog(classId)
  const slash = async (signer: number, i: number) => {
    const lie = roots.map((root, at) => (at === i ? networkId : root))
    const signed = await signCheckpoint(chain, { tree, registry, roots: lie, signer })
    return await gasOf(3, registry, checkpointRegistryAbi, 'slashFalseRoot', [
      signed,
      signed.header,
      lie,
      BigInt(i),
      steps[i],
    ])
  }
  const broken = async (signer: number) => {
    const signed = await signCheckpoint(chain, { tree, registry, roots, signer, sequence: 2n })
    return await gasOf(3, registry, checkpointRegistryAbi, 'slashBrokenChain', [signed, signed.header])
  }
  return {
    'CheckpointRegistry.slashBrokenChain': await broken(4),
    'CheckpointRegistry.slashFalseRoot, an append': await slash(1, length - 2),
    'CheckpointRegistry.slashFalseRoot, a zeroing': await slash(2, length - 1),
  }
}

async function deployRegistry({ viem, client, addressOf, gasOf }: GasChain): Promise<Contracts> {
  const owner = addressOf(0)
  const { address: token } = await viem.deployContract('PostageToken', [owner, 10n ** 9n * one])
  const { address: tree } = await viem.deployContract('NoteTree', [owner, capacity])
  const { address: PoseidonT3 } = await viem.deployContract('PoseidonT3')
  const { address: PoseidonT5 } = await viem.deployContract('PoseidonT5')
  const args = [owner, token, tree, 0, networkId, 1_000n * one, 10n * one]
  const libraries = { PoseidonT3, PoseidonT5 }
  const { address: registry } = await viem.deployContract('CheckpointRegistry', args, { libraries })
  await gasOf(0, tree, noteTreeAbi, 'addInserter', [owner, 2])
  const call = { address: tree, abi: noteTreeAbi, functionName: 'classIdOf', args: [owner, 1n] } as const
  return { token, tree, registry, classId: await client.readContract(call) }
}

/** The log's roots, and each operation with its path in the tree before it. */
function growLog(classId: bigint) {
  const forest = new NoteForest({ capacity })
  const operations = Array.from({ length }, (_, i) => {
    const [commitment, limit] = [fieldElement(i), 5n]
    if (i === length - 1) return { index: BigInt(i), kind: 2, leafIndex: 0n, ...nothing }
    return { index: BigInt(i), kind: 1, leafIndex: BigInt(i), commitment, classId, limit, expiry }
  })
  const steps = operations.map((operation) => {
    const at = Number(operation.leafIndex)
    const leaf = operation.kind === 1 ? 0n : forest.path(at).leaf
    if (operation.kind === 1) forest.append(leafOf(operation))
    else forest.zero(at)
    const { siblings, forest: above } = forest.path(at)
    const step = { operation, leaf, siblings, forest: above.map((node) => toHex(node)) }
    return { root: forest.root(), step }
  })
  const roots = steps.map(({ root }) => toHex(root))
  return { roots, steps: steps.map(({ step }) => step) }
}

const nothing = { commitment: 0n, classId: 0n, limit: 0n, expiry: 0n }

type Statement = {
  readonly tree: Address
  readonly registry: Address
  readonly roots: Hex[]
  readonly signer: number
  readonly sequence?: bigint
}

async function signCheckpoint({ client }: GasChain, { tree, registry, roots, signer, sequence = 1n }: Statement) {
  const header = {
    networkId,
    sequence,
    previous: zeroHash,
    chainId: 31_337n,
    blockNumber: 100n,
    blockHash: zeroHash,
    noteTree: tree,
    registry,
    operations: BigInt(length),
    logHash: zeroHash,
    root: roots.at(-1)!,
    rootsHash: keccak256(concat(roots)),
    termsHash: zeroHash,
    leaksHash: zeroHash,
    signersHash: zeroHash,
    issuedAt: 1_900_000_000n,
  }
  const call = { address: registry, abi: checkpointRegistryAbi, functionName: 'digestOf', args: [header] } as const
  const hash = await client.readContract(call)
  return { header, signatures: [await mnemonicToAccount(mnemonic, { addressIndex: signer }).sign({ hash })] }
}
