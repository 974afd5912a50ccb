import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from 'snarkjs'
import { type Report, reportStep } from './progress.ts'

/** One step of the ceremony: it makes one file from others. */
export type Step = {
  /** Names all that decides the output besides its inputs: a step of another name runs again. */
  readonly name: string
  readonly output: string
  readonly inputs: readonly string[]
  /** Writes the file `to`; the hash it returns, if any, goes into the transcript. */
  make(to: string, logger: Logger): Promise<Uint8Array | undefined>
  /** Decides whether the file made is good; a bad one is not kept. */
  verify?(file: string, logger: Logger): Promise<boolean>
}

/** What is kept beside a finished file, so that the next run can tell that nothing changed since. */
type Receipt = {
  readonly name: string
  readonly sha256: string
  readonly inputs: readonly string[]
  readonly hash?: string
}

/**
 * Runs a step, unless its output is there, verified, and made from the very inputs there are now.
 *
 * The output appears under its name only when it is whole and verified, so a run may be stopped at any moment.
 */
export async function runStep(step: Step): Promise<Receipt> {
  const inputs = await Promise.all(step.inputs.map(sha256Of))
  const finished = await readReceipt(step.output)
  if (finished?.name === step.name && finished.inputs.join() === inputs.join()) {
    reportStep(step.name).done('there already, verified')
    return finished
  }

  await mkdir(dirname(step.output), { recursive: true })
  const report = reportStep(step.name)
  const hash = await makeVerified(step, report)
  const sha256 = await sha256Of(step.output)
  const receipt: Receipt = { name: step.name, sha256, inputs, ...(hash && { hash: toHex(hash) }) }
  await writeFile(receiptOf(step.output), `${JSON.stringify(receipt, null, 2)}\n`)
  report.done('made and verified')
  return receipt
}

async function makeVerified(step: Step, { logger }: Report): Promise<Uint8Array | undefined> {
  const partial = `${step.output}.partial`
  const hash = await step.make(partial, logger)
  if (step.verify && !(await step.verify(partial, logger))) throw new Error(`${step.name}: verification failed.`)
  await rename(partial, step.output)
  return hash
}

async function readReceipt(output: string): Promise<Receipt | undefined> {
  if (!existsSync(output) || !existsSync(receiptOf(output))) return undefined
  const receipt: Receipt = JSON.parse(await readFile(receiptOf(output), 'utf8'))
  return receipt.sha256 === (await sha256Of(output)) ? receipt : undefined
}

const receiptOf = (output: string) => `${output}.receipt.json`

/** The SHA-256 of a file, as hex. */
export async function sha256Of(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
