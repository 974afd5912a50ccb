import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useFastEd25519 } from '../../service/node/ed25519.ts'
import { freePort } from '../../test/helpers/postgres.ts'
import type { AttackOrder, AttackResult } from './attackers.ts'
import { type AttackName, attackNames } from './attacks/index.ts'
import { startFalseProver } from './false-prover.ts'
import { floorBits } from './honest/lane-publisher.ts'
import { type HonestLoad, startHonestLoad } from './honest/load.ts'
import { type NodeProcess, startNodeProcess } from './node-process.ts'
import { countLost } from './read-back.ts'
import type { Phase } from './report.ts'

/** What a soak found. */
export type Soaked = {
  readonly phases: readonly Phase[]
  /** Envelopes that were acknowledged, and what of them was lost: while the node ran, and when it was killed and started again. */
  readonly acknowledged: number
  readonly lost: { readonly running: number; readonly killed: number }
  readonly hasEnded: boolean
}

export type SoakOptions = {
  /** In all, with what comes before and after. */
  readonly minutes: number
  /** Those that run; all of them where none is chosen. */
  readonly only: readonly PhaseName[]
  readonly onPhase: (phase: Phase) => void
}

/** One attack, or all of them. */
export type PhaseName = AttackName | 'all together'

export const phaseNames: readonly PhaseName[] = [...attackNames, 'all together']

const overheadSeconds = 26
const warmUpSeconds = 3

/** Honest load beside no attack, beside each, and beside all of them together. */
export async function soak({ minutes, only, onPhase }: SoakOptions): Promise<Soaked> {
  useFastEd25519()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const prover = await startFalseProver()
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-soak-'))
  const env = { ...prover.env, ...settings, PENNYPOST_PORT: String(port), PENNYPOST_DATA_DIR: folder }
  const node = await startNodeProcess(env, url)
  const attackers = fork(new URL('attackers.ts', import.meta.url), { stdio: 'inherit' })
  try {
    const load = await startHonestLoad({ port, minutes })
    const phases = await runPhases({ node, load, attackers, port }, { minutes, only, onPhase })
    await load.stop()
    const lost = { running: await countLost(url, load.acknowledged, load.topics), killed: 0 }
    const hasEnded = node.hasEnded()
    await node.kill()
    const again = await startNodeProcess(env, url)
    lost.killed = await countLost(url, load.acknowledged, load.topics)
    await again.kill()
    return { phases, acknowledged: load.acknowledged.size, lost, hasEnded }
  } finally {
    attackers.kill()
    await node.kill()
    prover.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** As an operator may have them; limits are on. */
const settings = { PENNYPOST_FLOOR: `work ${floorBits} or stamp 1`, PENNYPOST_LOG_LEVEL: 'warn' }

type Running = { node: NodeProcess; load: HonestLoad; attackers: ChildProcess; port: number }

async function runPhases(running: Running, { minutes, only, onPhase }: SoakOptions): Promise<Phase[]> {
  const chosen = only.length > 0 ? only : phaseNames
  const plan = [{ name: 'no attack', start: [], parts: 2 }, ...chosen.map(planOf)]
  const parts = plan.reduce((sum, phase) => sum + phase.parts, 0)
  const partMs = ((minutes * 60 - overheadSeconds) * 1000) / parts
  const phases: Phase[] = []
  await sleep(warmUpSeconds * 1000)
  for (const { name, start, parts: weight } of plan) {
    const phase = await runPhase(running, { name, start, ms: weight * partMs })
    onPhase(phase)
    phases.push(phase)
  }
  return phases
}

const planOf = (name: PhaseName) =>
  name === 'all together' ? { name, start: attackNames, parts: 2 } : { name, start: [name], parts: 1 }

type Plan = { readonly name: string; readonly start: readonly AttackName[]; readonly ms: number }

async function runPhase({ node, load, attackers, port }: Running, { name, start, ms }: Plan): Promise<Phase> {
  await order(attackers, { port, start })
  load.take()
  node.restartPeak()
  await sleep(ms)
  const measured = load.take()
  const peak = node.peak()
  return { name, attacks: start.length, measured, peak, answers: await order(attackers, { stop: true }) }
}

async function order(attackers: ChildProcess, what: AttackOrder): Promise<AttackResult> {
  attackers.send(what)
  const [answer] = (await once(attackers, 'message')) as [AttackResult]
  return answer
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
