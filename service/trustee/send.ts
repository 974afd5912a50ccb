import type { Deposit, EscrowMessageInit } from '@pennypost/sdk/codec'
import type { Context } from './context.ts'
import { codeOf } from './fault-code.ts'

/** Publishes on a deposit's channel; whether it is there. */
export type Send = (deposit: Deposit, message: EscrowMessageInit) => Promise<boolean>

/** What does not get out is counted, and said by its code. */
export const createSend =
  ({ account, metrics, log, signal }: Context): Send =>
  async ({ lane, key }, message) => {
    if (!lane) return false
    try {
      const sent = await account.send({ topic: lane.topic, key, lane }, message, signal)
      if (sent.ok) return true
      metrics.faults.inc({ code: sent.code })
      log.warn({ code: sent.code }, 'The node has not taken what was said on a channel.')
    } catch (error) {
      if (signal.aborted) return false
      metrics.faults.inc({ code: codeOf(error) })
      log.warn({ code: codeOf(error) }, 'What was said on a channel did not get out.')
    }
    return false
  }
