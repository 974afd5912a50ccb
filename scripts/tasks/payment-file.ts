import { readFile } from 'node:fs/promises'
import { addressToBytes, fromHex, type PaymentTerms, paymentIdOf, toAddress, toHex } from '../../sdk/crypto/index.ts'
import { buildPaymentTree, type PaymentRecipient, type PaymentTree } from '../../sdk/payments/index.ts'
import { addressOf, bytes32Of } from './given.ts'
import { type Session, TaskError } from './session.ts'

/** All that opens a payment: whoever loses it has paid for nothing. */
export type PaymentPlan = {
  readonly terms: PaymentTerms
  /** 32 bytes, of which the salts are made. */
  readonly seed: Uint8Array
  readonly recipients: readonly PaymentRecipient[]
  readonly tree: PaymentTree
}

/** Recipients from the lines of a file: an address, a comma, a use. Empty lines and those that begin with # are nothing. */
export async function readRecipients(path: string): Promise<PaymentRecipient[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim())
  return lines.flatMap((line, i) => (line === '' || line.startsWith('#') ? [] : [readRecipient(line, `Line ${i + 1}`)]))
}

function readRecipient(line: string, name: string): PaymentRecipient {
  const [address, use, ...more] = line.split(',').map((part) => part.trim())
  if (more.length > 0) throw new TaskError(`${name} must be an address, a comma and a use.`)
  return {
    recipient: addressToBytes(addressOf(`${name}, before the comma,`, address)),
    use: bytes32Of(`${name}, after the comma,`, use),
  }
}

/** Builds the tree, telling how far it is where it takes a while. */
export function buildTree(
  { print }: Pick<Session, 'print'>,
  recipients: readonly PaymentRecipient[],
  seed: Uint8Array,
): Promise<PaymentTree> {
  let told = 0
  return buildPaymentTree(recipients, {
    seed,
    onProgress: ({ done, of }) => {
      if (done - told < 50_000) return
      told = done
      print(`${done} of ${of} recipients hashed.`)
    },
  })
}

/** A plan as it is kept; amounts are in the token's smallest unit. */
export function writePlan(session: Session, { terms, seed, recipients }: PaymentPlan): object {
  return {
    kind: 'payment',
    chainId: session.chainId,
    contract: session.contracts.payments,
    payment: `0x${toHex(paymentIdOf(terms))}`,
    terms: writeTerms(terms),
    seed: toHex(seed),
    recipients: recipients.map(({ recipient, use }) => `${toAddress(recipient)},0x${toHex(use)}`),
  }
}

/** Reads a plan back and makes its tree again, which has to be the one that was planned. */
export async function readPlan(session: Session, path: string): Promise<PaymentPlan> {
  const kept = JSON.parse(await readFile(path, 'utf8'))
  if (kept.kind !== 'payment') throw new TaskError(`${path} is not a file made by "pay".`)
  if (kept.chainId !== session.chainId || kept.contract !== session.contracts.payments) {
    throw new TaskError(`${path} is for chain ${kept.chainId}, contract ${kept.contract}.`)
  }
  const recipients: PaymentRecipient[] = kept.recipients.map((line: string) => readRecipient(line, path))
  const seed = fromHex(kept.seed)
  const terms = readTerms(kept.terms)
  const tree = await buildTree(session, recipients, seed)
  if (toHex(tree.root) !== toHex(terms.root))
    throw new TaskError(`${path} was changed: its recipients give another root.`)
  return { terms, seed, recipients, tree }
}

/** Terms as JSON has them. */
export function writeTerms({ sender, root, deliverBy, base, bond, tip, count }: PaymentTerms) {
  return {
    sender: toAddress(sender),
    count,
    deliverBy: `${deliverBy}`,
    root: `0x${toHex(root)}`,
    base: `${base}`,
    bond: `${bond}`,
    tip: `${tip}`,
  }
}

type WrittenTerms = ReturnType<typeof writeTerms>

export function readTerms({ sender, count, deliverBy, root, base, bond, tip }: WrittenTerms): PaymentTerms {
  return {
    sender: addressToBytes(addressOf('The sender', sender)),
    count,
    deliverBy: BigInt(deliverBy),
    root: bytes32Of('The root', root),
    base: BigInt(base),
    bond: BigInt(bond),
    tip: BigInt(tip),
  }
}
