import { expect, test } from 'vitest'
import { whenAsked } from '../../../sdk/client/session/when-asked.ts'
import { ticketProver } from '../../../sdk/client/tickets/prover-when-asked.ts'

class Part {
  readonly #word: string
  constructor(word: string) {
    this.#word = word
  }
  async say(to: string): Promise<string> {
    return `${this.#word}, ${to}`
  }
}

test('a part is made once, with the first call, and answers as itself', async () => {
  let loads = 0
  const part = whenAsked(async () => new Part(`hello ${++loads}`))
  expect(loads).toBe(0)
  expect(await Promise.all([part.say('Ann'), part.say('Ben')])).toEqual(['hello 1, Ann', 'hello 1, Ben'])
})

test('a fetch that fails fails its call alone', async () => {
  let loads = 0
  const part = whenAsked(async () => {
    if (++loads === 1) throw new Error('no such chunk')
    return new Part('hello')
  })
  await expect(part.say('Ann')).rejects.toThrow('no such chunk')
  expect(await part.say('Ann')).toBe('hello, Ann')
})

test('a part is no promise, and looking at it fetches nothing', async () => {
  let loads = 0
  const part = whenAsked(async () => new Part(`${++loads}`))
  expect(await part).toBe(part)
  expect(String(Object.keys(part))).toBe('')
  expect(loads).toBe(0)
})

test('a call of what the part does not have says so', async () => {
  const part = whenAsked(async () => new Part('hello'))
  const { shout } = part as unknown as { shout(): Promise<void> }
  await expect(shout()).rejects.toThrow('There is no shout.')
})

test('a prover that is closed before its code has come proves nothing, and loads no key', async () => {
  let loads = 0
  const artifacts = async () => Promise.reject(new Error(`loaded ${++loads}`))
  const [early, late] = [ticketProver({ artifacts }), ticketProver({ artifacts })]
  const warming = early.warmUp()
  early.close()
  await expect(warming).rejects.toMatchObject({ code: 'prover.closed' })
  late.close()
  await expect(late.prove({} as never)).rejects.toThrow()
  await expect(late.warmUp()).rejects.toMatchObject({ code: 'prover.closed' })
  expect(loads).toBe(0)
})

test('a prover is closed also once its code is there', async () => {
  const prover = ticketProver({ artifacts: async () => Promise.reject(new Error('no key')) })
  await expect(prover.warmUp()).rejects.toThrow('no key')
  prover.close()
  await expect(prover.warmUp()).rejects.toMatchObject({ code: 'prover.closed' })
})
