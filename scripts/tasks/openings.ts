import { open } from 'node:fs/promises'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import type { PaymentOpening } from '../../sdk/payments/index.ts'
import { required } from './given.ts'
import { writeOpening } from './opening-line.ts'
import { type PaymentPlan, readPlan } from './payment-file.ts'
import { type Given, withSession } from './session.ts'

type Arguments = Given & { readonly file: string | undefined; readonly out: string | undefined }

/** Writes what each recipient of a payment has to be shown. */
export async function openings(given: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await withSession(hre, given, async (session) => {
    const plan = await readPlan(session, required('file', given.file))
    const path = required('out', given.out)
    const file = await open(path, 'wx', 0o600)
    try {
      for (let i = 0; i < plan.tree.count; i++) await file.write(`${writeOpening(openingAt(plan, i))}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    session.print(`${plan.tree.count} openings are in ${path}.`)
  })
}

function openingAt({ terms, tree, recipients }: PaymentPlan, index: number): PaymentOpening {
  const recipient = recipients[index]
  if (!recipient) throw new RangeError(`The payment has no recipient ${index}.`)
  return { terms, ...recipient, ...tree.opening(index) }
}
