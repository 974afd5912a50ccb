import type { Command, Service } from './command.ts'
import { account } from './commands/account.ts'
import { block } from './commands/block.ts'
import { connect } from './commands/connect.ts'
import { exportMail } from './commands/export.ts'
import { inbox } from './commands/inbox.ts'
import { notify } from './commands/notify.ts'
import { pay } from './commands/pay.ts'
import { policy } from './commands/policy.ts'
import { read } from './commands/read.ts'
import { send } from './commands/send.ts'
import { stake } from './commands/stake.ts'
import { stamps } from './commands/stamps.ts'
import { watch } from './commands/watch.ts'

/** All that `pennypost` does for an account. */
export const commands: readonly Command[] = [
  send,
  inbox,
  read,
  watch,
  ...policy,
  ...stamps,
  ...pay,
  ...stake,
  notify,
  connect,
  block,
  exportMail,
  ...account,
]

/** What runs until it is ended. Each reads its settings where `pennypost-node` and its like do. */
export const services: readonly Service[] = [
  { name: 'node', about: 'Runs a node.', parameters: [], start: () => import('../node/main.ts') },
  { name: 'prover', about: 'Runs a prover.', parameters: [], start: () => import('../prover/main.ts') },
  { name: 'trustee', about: 'Runs a trustee.', parameters: [], start: () => import('../trustee/main.ts') },
]
