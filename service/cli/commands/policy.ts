import { explainFaking, explainRule, formatRule, parseRule, usualDecimals } from '@pennypost/sdk/policy'
import type { Command } from '../command.ts'
import { addressAt } from '../given.ts'
import { showText } from '../print.ts'

/** Shows what an account asks of strangers. */
const get: Command = {
  name: 'policy get',
  about: 'Says what an account asks of strangers; your own unless another is named.',
  parameters: ['ADDRESS?'],
  options: {},
  example: 'pennypost policy get 0x937C0d4a6294cdfa575de17382c7076b579DC176',
  async run(call) {
    const asked = call.args.length > 0 ? addressAt(call) : undefined
    const client = await call.client()
    const { text: rule, explanation, version, isSealed } = await client.policy.get(asked, { signal: call.signal })
    const address = asked ?? client.address
    const json = { address, rule, explanation, version: Number(version), isSealed }
    const from = version === 0n ? ' (the default of the network)' : ''
    return { json, text: `${showText(rule)}${from}\nA stranger is told: ${showText(explanation)}.` }
  },
}

/** Publishes what strangers are asked. */
const set: Command = {
  name: 'policy set',
  about: 'Publishes what strangers must show to write to you: a rule, or default for that of the network.',
  parameters: ['RULE…'],
  options: {},
  example: "pennypost policy set 'connection or stamp 2'",
  async run({ args: [rule = ''], client: open, signal }) {
    const client = await open()
    const published = await client.policy.set(rule, { signal })
    if (!published.ok) return published
    const { text, explanation } = await client.policy.get(undefined, { signal })
    const json = { ok: true, address: client.address, rule: text, explanation, version: Number(published.version) }
    return { json, text: `In force as version ${published.version}: a stranger is told: ${explanation}.` }
  },
}

/** Explains a rule; asks nobody. */
const explain: Command = {
  name: 'policy explain',
  about: 'Says what a rule means and what it costs to fake each of its conditions. Asks nobody, and needs no account.',
  parameters: ['RULE…'],
  options: {},
  example: "pennypost policy explain 'stamp 1 or age eip155:1 >= 90 days'",
  async run({ args: [given = ''], settings }) {
    const token = { decimals: settings.decimals ?? usualDecimals }
    const rule = parseRule(given, token)
    const [explanation, faking] = [explainRule(rule, token), explainFaking(rule, token)]
    const lines = faking.map((one) => `To fake ${one.condition}: ${one.explanation}`)
    const json = { rule: formatRule(rule, token), explanation, faking }
    return { json, text: [`A stranger is told: ${explanation}.`, ...lines].join('\n') }
  },
}

export const policy = [get, set, explain] as const
