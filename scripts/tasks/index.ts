import { emptyTask, task } from 'hardhat/config'
import { ArgumentType } from 'hardhat/types/arguments'

// npx hardhat --network <name> pennypost <act> [options]
// Each act is loaded when it is run: Hardhat starts as fast as without them.

const dryRun = { name: 'dryRun', description: 'Try it without sending anything, and print what it would cost' } as const
const from = {
  name: 'from',
  type: ArgumentType.INT,
  defaultValue: 0,
  description: "Which of the network's accounts acts",
} as const
const deployment = {
  name: 'deployment',
  type: ArgumentType.FILE_WITHOUT_DEFAULT,
  defaultValue: undefined,
  description: 'A pennypost.json that a deployment left; by default the one kept for the chain',
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
    .addOption(amount('args', 'Its arguments, a list in JSON; big numbers as strings', '[]'))
    .addFlag(dryRun)

export const tasks = [
  emptyTask('pennypost', 'Buy, pay, stake, settle and tell on a chain that has the contracts').build(),
  act('status', 'What an account has, and what the contracts say')
    .addOption(text('account', 'Another account to look at'))
    .setAction(async () => ({ default: (await import('./status.ts')).status }))
    .build(),
  act('buy', 'Buy a note of stamps')
    .addOption(whole('count', 'How many stamps, 1 to 256', 20))
    .addOption(whole('class', 'Which class of stamps', 1))
    .addOption(most)
    .addOption(file("Where the note's secret goes; never an existing file"))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./buy.ts')).buy }))
    .build(),
  act('pay', 'Pay for letters to one recipient, or to all in a list')
    .addOption(text('to', "The recipient's address"))
    .addOption(text('use', 'What its lane is for: 32 bytes, as the client shows them'))
    .addOption(text('list', 'A file of recipients instead: an address, a comma and a use in each line'))
    .addOption(amount('base', 'Of each letter, gone at once, in tokens', '0.01'))
    .addOption(amount('bond', 'Of each letter, burned if it is called spam', '0'))
    .addOption(amount('tip', 'Of each letter, for its recipient', '0'))
    .addOption(whole('days', 'In how many days it has to be delivered, at most 90', 7))
    .addOption(most)
    .addOption(file('Where what opens the payment goes; an existing one is paid again where its answer was lost'))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./pay.ts')).pay }))
    .build(),
  act('openings', 'Write what each recipient of a payment has to be shown, a line of JSON for each')
    .addOption(file('What `pay` left'))
    .addOption(text('out', 'Where the lines go'))
    .setAction(async () => ({ default: (await import('./openings.ts')).openings }))
    .build(),
  act('settle', 'Give the verdict on a letter that was paid for, or bring many that recipients signed')
    .addOption(file('Openings, a line of JSON for each'))
    .addOption(text('verdict', 'fine or spam, for lines that have none of their own'))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./settle.ts')).settle }))
    .build(),
  act('refund', "Fetch what is due of the account's payments")
    .addOption(whole('blocksAtOnce', "How many blocks one request may span, where the chain's provider has a bound", 0))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./refund.ts')).refund }))
    .build(),
  act('stake', 'Deposit a stake')
    .addOption(whole('class', 'Which class of stakes', 1))
    .addOption(most)
    .addOption(file("Where the note's secret goes; never an existing file"))
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./stake.ts')).stake }))
    .build(),
  act('unstake', 'Ask for the deposit back, and once its time has come, fetch it')
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./unstake.ts')).unstake }))
    .build(),
  act('notify', 'Tell an address that encrypted mail waits for it')
    .addOption(text('to', 'The address'))
    .addOption(most)
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./notify.ts')).notify }))
    .build(),
  act('withdraw', "Fetch an operator's share of postage")
    .addFlag(dryRun)
    .setAction(async () => ({ default: (await import('./withdraw.ts')).withdraw }))
    .build(),
  own('propose', 'Schedule an act of the owner')
    .setAction(async () => ({ default: (await import('./own.ts')).propose }))
    .build(),
  own('enact', "Make the owner's act that was proposed, once its time has come")
    .setAction(async () => ({ default: (await import('./own.ts')).enact }))
    .build(),
]
