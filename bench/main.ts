import { benchClient } from './client.ts'
import { benchEconomy } from './economy/index.ts'
import { benchEscrow } from './escrow.ts'
import { benchFacts } from './facts.ts'
import { benchInbox } from './inbox.ts'
import { benchLetter } from './letter.ts'
import { benchNamed } from './named.ts'
import { benchProve } from './prove.ts'
import { benchPublish } from './publish.ts'
import { formatRows, type Row, reachesGoal } from './row.ts'
import { benchVerify } from './verify.ts'

// `npm run bench`: every number beside an anchor of the same run. `--json` prints the rows as JSON; names select some:
// `npm run bench -- verify client`.

const benches = {
  verify: benchVerify,
  named: benchNamed,
  prove: benchProve,
  publish: benchPublish,
  letter: benchLetter,
  escrow: benchEscrow,
  client: benchClient,
  facts: benchFacts,
  economy: benchEconomy,
  inbox: benchInbox,
} as const

const isJson = process.argv.includes('--json')
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = chosen.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  console.error(`There is no benchmark "${unknown.join('", "')}". There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(1)
}

const rows: Row[] = []
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  if (!isJson) console.log(`\n${name} …`)
  const found = await bench()
  if (!isJson) console.log(formatRows(found))
  rows.push(...found)
}

if (isJson) console.log(JSON.stringify({ date: new Date().toISOString(), node: process.version, rows }, null, 2))
else console.log(`\n${rows.filter((row) => !reachesGoal(row)).length} of ${rows.length} goals missed`)
process.exit(0)
