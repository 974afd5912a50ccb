#!/usr/bin/env node
import { fromHex } from '@pennypost/sdk/crypto'
import { factEpochOf } from '@pennypost/sdk/verifier'
import { wallClock } from '../plugins/clock.ts'
import { listOf, recordOf, textOf } from '../plugins/json.ts'
import { readObject } from '../plugins/read-object.ts'
import { runService } from '../plugins/run.ts'
import { httpUrl, readSettings, required, setting } from '../plugins/settings.ts'
import { auditLog } from './facts/audit-log.ts'
import { createNoteVerifier } from './facts/verify-note.ts'

// Reads all that a prover says it has signed of facts, checks it again, and ends with 1 where something is wrong.
const settings = {
  url: setting('PENNYPOST_URL', httpUrl, { fallback: required, about: 'URL of the prover.' }),
}
const mostBytes = 4 * 1024 * 1024

await runService({
  name: 'pennypost-audit-facts',
  about: 'checks all that a prover says it has signed of facts: the chain of hashes, each signature, each fact.',
  settings,
  async start(sources) {
    const { url } = readSettings(settings, sources)
    const read = async (after: number) => {
      const log = await readObject(await fetch(new URL(`/v1/facts/log?after=${after}`, url)), mostBytes)
      return { total: Number(textOf(log.total)), entries: listOf(log.entries), issuer: recordOf(log.issuer) }
    }
    const { issuer } = await read(0)
    const key = { x: fromHex(textOf(issuer.x)), y: fromHex(textOf(issuer.y)) }
    const verify = await createNoteVerifier()
    const { entries, facts, chain, faults } = await auditLog({
      read,
      issuer: key,
      verify,
      epoch: factEpochOf(wallClock()),
    })
    console.log(
      `${url}: ${entries} notes of ${facts} facts, signed by ${textOf(issuer.x)} ${textOf(issuer.y)}; up to ${chain}.`,
    )
    for (const fault of faults) console.log(fault)
    console.log(faults.length === 0 ? 'Nothing is wrong with it.' : `${faults.length} things are wrong with it.`)
    process.exitCode = faults.length === 0 ? 0 : 1
    return { close: async () => undefined }
  },
})
