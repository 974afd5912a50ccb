import { readFile } from 'node:fs/promises'
import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measureDatabase, openPglite } from '../../service/plugins/database/index.ts'
import { metricsText } from '../../service/plugins/process-metrics.ts'
import { createMetrics, measureCheckpoint, measureProgress } from '../../service/prover/metrics.ts'
import { envelope, laneFields, makeAccount, makeHolder, makeStampNode } from '../helpers/node.ts'

// What dashboards and alerts ask for is what services say.

type Rule = { alert: string; expr: string; for?: string; labels: object; annotations: Record<string, string> }
type Panel = { id: number; type: string; title: string; targets: { refId: string; expr: string }[] }

const alerts = load(await readFile('deploy/monitoring/alerts.yaml', 'utf8')) as {
  groups: { name: string; rules: Rule[] }[]
}
const rules = alerts.groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(await readFile('deploy/monitoring/dashboard.json', 'utf8'))
const panels = dashboard.panels as Panel[]

/** Each metric that services say, with the names of its labels. */
const known = new Map<string, Set<string>>()
const closers: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  for (const text of [await nodeText(), await proverText()]) take(text)
  known.set('up', new Set())
})
afterAll(() => Promise.all(closers.map((close) => close())))

/** A node that has met what it counts. */
async function nodeText(): Promise<string> {
  const node = await makeStampNode({ rateLimits: 'on' })
  closers.push(() => node.close())
  const alice = await makeAccount(0x11)
  await node.publish(alice, envelope('/xmtp/0/m-seen/proto'))
  await node.openLane(laneFields(`/xmtp/0/m-${crypto.randomUUID()}/proto`, makeHolder(1).holder))
  await node.post('/v1/lanes', '{')
  const { context } = node
  context.metrics.falseCheckpoints.inc({ prover: 'http://prover.test' })
  return (await node.app.inject({ url: '/metrics' })).payload
}

async function proverText(): Promise<string> {
  const metrics = createMetrics()
  const database = measureDatabase(await openPglite('prover'), metrics.registry)
  closers.push(() => database.close())
  measureCheckpoint(metrics.registry, { store: { newestSigned: async () => undefined }, clock: () => 0 })
  measureProgress(metrics.registry, { progress: () => ({ head: 1n, wellAt: 0, fault: undefined }), clock: () => 0 })
  metrics.endpoints.set({ endpoint: 'http://chain.test' }, 1)
  metrics.faults.inc({ code: 'chain.unavailable' })
  metrics.falseCheckpoints.inc({ call: 'x' })
  return metricsText(metrics.registry)
}

function take(text: string): void {
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
    known.set(name, new Set([...(known.get(name) ?? []), ...names]))
  }
}

const ofScrape = ['job', 'instance']
const words = new Set(['sum', 'by', 'rate', 'increase', 'histogram_quantile', 'on', 'and', 'or', 'le'])

/** The metrics in an expression, each with the labels that it is asked by. */
function metricsIn(expr: string): { name: string; labels: string[] }[] {
  const bare = expr.replaceAll(/\b(?:by|on) \([^)]*\)/g, '').replaceAll(/\[\w+\]/g, '')
  const grouped = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */))
  return [...bare.matchAll(/([a-z_]\w*)(\{[^}]*\})?/g)]
    .filter(([, name = '']) => !words.has(name))
    .map(([, name = '', matchers = '']) => ({
      name,
      labels: [...grouped, ...[...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label)],
    }))
    .filter(({ name }) => !/^\d/.test(name))
}

function expectKnown(expr: string, templates: string): void {
  const found = metricsIn(expr)
  expect(found.length, expr).toBeGreaterThan(0)
  const said = [...templates.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, label = '']) => label)
  const all = new Set(ofScrape)
  for (const { name, labels } of found) {
    expect([...known.keys()], expr).toContain(name)
    for (const label of known.get(name) ?? []) all.add(label)
    for (const label of labels) expect([...ofScrape, ...(known.get(name) ?? [])], `${name} in ${expr}`).toContain(label)
  }
  for (const label of said) expect([...all], `${label} of ${expr}`).toContain(label)
}

describe('an alert', () => {
  test.each(rules)('$alert asks for what is said, and tells what to do', ({ expr, labels, annotations, ...rule }) => {
    expectKnown(expr, annotations.summary ?? '')
    expect(rule.for ?? '1m').toMatch(/^\d+[smh]$/)
    expect(labels).toMatchObject({ severity: expect.stringMatching(/^(page|warn)$/) })
    expect(annotations.runbook?.length).toBeGreaterThan(40)
  })

  test('has a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })
})

describe('the dashboard', () => {
  test('can be imported', () => {
    expect(dashboard).toMatchObject({ title: 'Pennypost', uid: 'pennypost', schemaVersion: expect.any(Number) })
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource' }),
    )
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const panel of panels)
      expect(panel).toMatchObject({
        datasource: { uid: expect.stringMatching(/^\$\{datasource\}$/) },
        gridPos: { h: expect.any(Number) },
      })
  })

  test.each(panels)('asks in "$title" for what is said', ({ targets }) => {
    for (const { expr, ...target } of targets) expectKnown(expr, JSON.stringify(target))
  })
})

test('a metric that nobody says, or a label that it does not have, would be found', () => {
  expect(() => expectKnown('rate(pennypost_envelopes_total[5m])', '')).toThrow()
  expect(() => expectKnown('pennypost_parked{kind="x"}', '')).toThrow()
  expect(() => expectKnown('pennypost_open_streams', '{{ $labels.code }}')).toThrow()
})
