import { emptyTask, task } from 'hardhat/config'
import { ArgumentType } from 'hardhat/types/arguments'

// npx hardhat --network <name> pennypost <act> [options]
// Each act is loaded when it is run: Hardhat starts as fast as without them.

const dryRun = { name: 'dryRun', description: 'Try it without sending anything, and print what it would cost' } as const
const from = {
  name: 'from',
  type: ArgumentType.INT,
  defaultValue: 0,
  description: "Which of the network's accounts to use",
} as const
const deployment = {
  name: 'deployment',
  type: ArgumentType.FILE_WITHOUT_DEFAULT,
  defaultValue: undefined,
  description: "A deployment's pennypost.json; by default the one kept for the chain",
} as const
const text = <const N extends string>(name: N, description: string) =>
  ({ name, description, type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined }) as const
const whole = <const N extends string>(name: N, description: string, defaultValue: number) =>
  ({ name, description, type: ArgumentType.INT, defaultValue }) as const
const amount = <const N extends string>(name: N, description: string, defaultValue: string) =>
  ({ name, description, type: ArgumentType.STRING, defaultValue }) as const

const most = text('most', 'The most that it may cost, in tokens')
const file = (description: string) => text('file', description)

/** An act of the account at `from`. */
const act = (name: string, description: string) =>
  task(['pennypost', name], description).addOption(from).addOption(deployment)

/** An act of the owner of the contracts: the timelock, whose proposers and executors run it. */
const own = (name: string, description: string) =>
  act(name, description)
    .addOption(text('contract', 'Which contract: tree, postage, payments, operatorPool, stakeRegistry, …'))
    .addOption(text('call', 'Which of its functions'))
    .addOption(amount('args', 'Its arguments, a JSON list; big numbers as strings', '[]'))
    .addFlag(dryRun)

export const tasks = [
  emptyTask('pennypost', 'Buy, pay, stake, settle and notify on a chain that has the contracts').build(),
  act('status', 'What an account has, and what the contracts say')
    .addOption(text('account', 'Another account to look at'))
    .setAction(async () => ({ default: (await import('./status.ts')).status }))
    .build(),
  act('audit', 'Compare a deployment with its parameters and sources, and say what differs')
    .addOption(text('parameters', 'The file that it was deployed with; by default the one kept for the network'))
    .setAction(async () => ({ default: (await import('./audit.ts')).audit }))
    .build(),
  act('buy', 'Buy a note of stamps')
    .addOption(whole('count', 'How many stamps, 1 to 256', 20))
    .addOption(whole('class', 'Which class of stamps', 1))
    .addOption(most)
    .addOption(file("Where to keep the note's secret; never an existing file"))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./buy.ts')).buy }))
    .build(),
  act('pay', 'Pay for letters to one recipient, or to all in a list')
    .addOption(text('to', "The recipient's address"))
    .addOption(text('use', "Its lane's use: 32 bytes, as the client shows it"))
    .addOption(text('list', 'A file of recipients instead: an address, a comma and a use on each line'))
    .addOption(amount('base', 'Per letter, spent at once, in tokens', '0.01'))
    .addOption(amount('bond', 'Per letter, burned if it is called spam', '0'))
    .addOption(amount('tip', 'Per letter, for its recipient', '0'))
    .addOption(whole('days', 'Days within which it has to be delivered, at most 90', 7))
    .addOption(most)
    .addOption(file('Where to keep what opens the payment; an existing file is paid again if its answer was lost'))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./pay.ts')).pay }))
    .build(),
  act('openings', 'Write what each recipient of a payment has to be shown, one line of JSON each')
    .addOption(file('What `pay` left'))
    .addOption(text('out', 'Where to write the lines'))
    .setAction(async () => ({ default: (await import('./openings.ts')).openings }))
    .build(),
  act('settle', 'Give the verdict on a paid letter, or bring many that recipients have signed')
    .addOption(file('Openings, one line of JSON each'))
    .addOption(text('verdict', 'fine or spam, for lines without one of their own'))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./settle.ts')).settle }))
    .build(),
  act('refund', "Fetch what is due from the account's payments")
    .addOption(whole('blocksAtOnce', "How many blocks one request may span, if the chain's provider has a limit", 0))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./refund.ts')).refund }))
    .build(),
  act('stake', 'Deposit a stake')
    .addOption(whole('class', 'Which class of stakes', 1))
    .addOption(most)
    .addOption(file("Where to keep the note's secret; never an existing file"))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./stake.ts')).stake }))
    .build(),
  act('unstake', 'Request the exit of a stake or, once its time has come, withdraw the deposit')
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./unstake.ts')).unstake }))
    .build(),
  act('notify', 'Tell an address that encrypted mail is waiting for it')
    .addOption(text('to', 'The address'))
    .addOption(
      amount('by', 'How: by token, by a transfer of one wei with a link, or by link, which is only printed', 'token'),
    )
    .addOption(text('page', 'Where the link leads: an https URL that ends in mail.html'))
    .addOption(text('most', 'The most that it may cost, in tokens; of a transfer, in ether'))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./notify.ts')).notify }))
    .build(),
  act('withdraw', "Withdraw an operator's share of postage")
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./withdraw.ts')).withdraw }))
    .build(),
  own('propose', 'Schedule an act of the owner')
    .setAction(async () => ({ default: (await import('./own.ts')).propose }))
    .build(),
  own('enact', "Carry out the owner's proposed act, once its time has come")
    .setAction(async () => ({ default: (await import('./own.ts')).enact }))
    .build(),
]
