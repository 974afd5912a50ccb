import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { brokenBy, type Phase, tableOf } from '../../bench/soak/report.ts'

const mebibyte = 1024 * 1024
const bounds = { ms: 250, factor: 3, bytes: 1024 * mebibyte }
const phase = (name: string, { ms = 10, peak = 500, failed = 0, attacks = name === 'quiet' ? 0 : 1 } = {}): Phase => ({
  name,
  attacks,
  measured: {
    acknowledged: Array.from({ length: 100 }, () => 1),
    arrived: Array.from({ length: 100 }, () => ms),
    failed: new Map(failed > 0 ? [['rate.limited', failed]] : []),
  },
  peak: peak * mebibyte,
  answers: { 'body.too-large': 7 },
})

test.each<[string, readonly Phase[], RegExp[]]>([
  ['nothing', [phase('quiet'), phase('flood', { ms: 30 })], []],
  ['slowness', [phase('quiet', { ms: 100 }), phase('flood', { ms: 251 })], [/^flood: p99 .* 251 ms, above 250\.$/]],
  ['the factor', [phase('quiet'), phase('flood', { ms: 31 })], [/^flood: p99 is 3\.1 times .*, above 3\.$/]],
  ['no factor of several together', [phase('quiet'), phase('all', { ms: 250, attacks: 9 })], []],
  [
    'slowness of several together',
    [phase('quiet'), phase('all', { ms: 251, attacks: 9 })],
    [/^all: p99 .* above 250\.$/],
  ],
  ['memory', [phase('quiet'), phase('flood', { peak: 1025 })], [/^flood: the node had 1025 MiB, above 1024\.$/]],
  ['refusals', [phase('quiet', { failed: 2 })], [/^quiet: 2 requests of the honest/]],
  ['silence', [phase('quiet'), phase('flood', { ms: Number.NaN })], [/^flood: p99/, /^flood: p99/]],
  ['an empty run', [], [/^Nothing was measured\.$/]],
])('a soak that finds %s says so in a sentence for each bound', (_, phases, sentences) => {
  const broken = brokenBy(phases, bounds)
  expect(broken).toHaveLength(sentences.length)
  for (const [i, sentence] of sentences.entries()) expect(broken[i]).toMatch(sentence)
})

test('its table has a row for each phase, with what the attackers were answered', () => {
  const [, , quiet, flood] = tableOf([phase('quiet'), phase('flood', { ms: 25 })]).split('\n')
  expect(quiet).toContain('| quiet | 1.0 / 1.0 | 10 / 10 | 1.0 | 500 MiB | – | body.too-large 7 |')
  expect(flood).toContain('| 25 / 25 | 2.5 |')
})

// A quiet machine is held to 3 and to 250 ms; here other tests run beside, which take most of both processors now and then.
test('for two minutes a node under every attack serves the honest, keeps what it acknowledged and does not grow', async () => {
  const args = ['bench/soak/main.ts', '--minutes', '2', '--ms', '5000', '--factor', '100']
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })
  console.log(output)
  expect({ code, output }).toMatchObject({ code: 0 })
}, 600_000)
