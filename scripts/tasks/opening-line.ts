import { readFile } from 'node:fs/promises'
import { addressToBytes, toAddress, toHex } from '../../sdk/crypto/index.ts'
import type { PaymentOpening, Settlement, Verdict } from '../../sdk/payments/index.ts'
import { addressOf, bytes32Of } from './given.ts'
import { readTerms, writeTerms } from './payment-file.ts'
import { TaskError } from './session.ts'

/** A recipient's part of a payment, as one line of JSON. */
export function writeOpening({ terms, index, recipient, use, salt, siblings }: PaymentOpening): string {
  return JSON.stringify({
    terms: writeTerms(terms),
    index,
    recipient: toAddress(recipient),
    use: `0x${toHex(use)}`,
    salt: `0x${toHex(salt)}`,
    siblings: siblings.map((sibling) => `0x${toHex(sibling)}`),
  })
}

/** Reads lines back; a line may have a verdict and the recipient's signature of its own. */
export async function readSettlements(path: string, verdict: string | undefined): Promise<Settlement[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, i) => readSettlement(line, { name: `Line ${i + 1}`, verdict }))
}

function readSettlement(line: string, { name, verdict }: { name: string; verdict: string | undefined }): Settlement {
  const given = JSON.parse(line)
  const opening = {
    terms: readTerms(given.terms),
    index: Number(given.index),
    recipient: addressToBytes(addressOf(`${name}: the recipient`, given.recipient)),
    use: bytes32Of(`${name}: the use`, given.use),
    salt: bytes32Of(`${name}: the salt`, given.salt),
    siblings: given.siblings.map((sibling: string) => bytes32Of(`${name}: a sibling`, sibling)),
  }
  const { signature } = given
  return { opening, verdict: verdictOf(given.verdict ?? verdict, name), ...(signature && { signature }) }
}

function verdictOf(text: string | undefined, name: string): Verdict {
  if (text === 'fine' || text === 'spam') return text
  throw new TaskError(`${name}: the verdict must be fine or spam, not "${text ?? ''}".`)
}
