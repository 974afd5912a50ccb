#!/usr/bin/env node
import { fromHex } from '@pennypost/sdk/crypto'
import { BaseError, factEpochOf } from '@pennypost/sdk/verifier'
import { wallClock } from '../plugins/clock.ts'
import { listOf, recordOf, textOf } from '../plugins/json.ts'
import { readObject } from '../plugins/read-object.ts'
import { runService } from '../plugins/run.ts'
import { httpUrl, readSettings, required, setting } from '../plugins/settings.ts'
import { auditLog } from './facts/audit-log.ts'

// Reads all that a prover says it has signed of facts, checks it again, and ends with 1 where something is wrong.
const settings = {
  url: setting('PENNYPOST_URL', httpUrl, { fallback: required, about: 'URL of the prover.' }),
}
const mostBytes = 4 * 1024 * 1024

/** There is nothing to audit. */
class LogUnavailableError extends BaseError {
  readonly code = 'prover.unavailable'
}

await runService({
  name: 'pennypost-audit-facts',
  about: 'checks all that a prover says it has signed of facts: the chain of hashes, each signature, each fact.',
  settings,
  async start(sources) {
    const { url } = readSettings(settings, sources)
    const read = (after: number) => readLog(new URL(`v1/facts/log?after=${after}`, url.replace(/\/?$/, '/')))
    const { issuer } = await read(0)
    const audit = await auditLog({ read, issuer, epoch: factEpochOf(wallClock()) })
    const { entries, facts, chain, faults } = audit
    const key = [issuer.x, issuer.y].map((word) => Buffer.from(word).toString('hex')).join(' ')
    console.log(`${url}: ${entries} notes and claims of ${facts} facts, signed by ${key}; all of it is ${chain}.`)
    for (const fault of faults) console.log(fault)
    console.log(faults.length === 0 ? 'Nothing is wrong with it.' : `Wrong with it: ${faults.length}.`)
    process.exitCode = faults.length === 0 ? 0 : 1
    return { close: async () => undefined }
  },
})

async function readLog(url: URL) {
  const response = await fetch(url).catch((cause) => {
    throw new LogUnavailableError(`${url.origin} cannot be reached.`, { cause })
  })
  if (!response.ok) throw new LogUnavailableError(`There is no log of facts at ${url}: it answers ${response.status}.`)
  const log = await readObject(response, mostBytes)
  const { x, y } = recordOf(log.issuer)
  if (!/^\d{1,15}$/.test(textOf(log.total)))
    throw new LogUnavailableError(`${url} does not say how many notes there are.`)
  const issuer = { x: fromHex(textOf(x)), y: fromHex(textOf(y)) }
  return { total: Number(log.total), entries: listOf(log.entries), issuer }
}
