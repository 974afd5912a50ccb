import { type Address, keccak256, stringToBytes, zeroAddress, zeroHash } from 'viem'
import type { Builder, Future } from './economy.ts'

/** Who may do what with the timelock. The deployer alone, if no list is given; where one is, nobody who is on none. */
export type Roles = {
  /** May schedule calls. */
  readonly proposers?: readonly Address[]
  /** May call off what is scheduled; the proposers unless given. */
  readonly cancellers?: readonly Address[]
  /** May make the calls once their time has come; the zero address means everybody. The proposers unless given. */
  readonly executors?: readonly Address[]
}

/** Who has each role in the end. */
export type Holders = Readonly<Record<'PROPOSER' | 'CANCELLER' | 'EXECUTOR', readonly Address[]>>

/** Who has each role by the lists; undefined if no list is given. */
export function holdersOf({ proposers, cancellers, executors }: Roles): Holders | undefined {
  if (!proposers && !cancellers && !executors) return undefined
  const holders = { PROPOSER: proposers, CANCELLER: cancellers ?? proposers, EXECUTOR: executors ?? proposers }
  return Object.fromEntries(
    Object.entries(holders).map(([name, accounts = []]) => {
      if (accounts.length === 0) throw new RangeError(`The timelock would have no ${name.toLowerCase()}, ever.`)
      return [name, accounts]
    }),
  ) as Holders
}

const day = 86_400
/** The identifier of a role. */
export const roleOf = (name: string) => keccak256(stringToBytes(`${name}_ROLE`))

/**
 * Makes a timelock the owner of `contracts`, after everything in `after` was done by the deployer.
 *
 * It starts without delay and without an administrator, with the deployer as its only proposer and executor. One batch
 * takes the ownership, gives the roles to whom they belong and sets the delay: all of it, or nothing.
 */
export function addTimelock(m: Builder, contracts: readonly Future[], { roles, after }: Options) {
  const deployer = m.getAccount(0)
  const timelock = m.contract('TimelockController', [0, [deployer], [deployer], zeroAddress])
  const offers = contracts.map((contract) =>
    m.call(contract, 'transferOwnership', [timelock], { id: `offer${nameOf(contract)}`, after: [...after] }),
  )

  const calls = [
    ...contracts.map((contract) => ({
      target: contract,
      data: m.encodeFunctionCall(contract, 'acceptOwnership', [], { id: `accept${nameOf(contract)}` }),
    })),
    ...roleCalls(m, timelock, roles).map((data) => ({ target: timelock, data })),
    {
      target: timelock,
      data: m.encodeFunctionCall(timelock, 'updateDelay', [m.getParameter('ownerDelay', 2 * day)]),
    },
  ]
  const batch = [calls.map(({ target }) => target), calls.map(() => 0), calls.map(({ data }) => data), zeroHash, salt]
  const scheduled = m.call(timelock, 'scheduleBatch', [...batch, 0], { after: offers })
  m.call(timelock, 'executeBatch', batch, { after: [scheduled] })
  return timelock
}

type Options = { readonly roles: Roles; readonly after: readonly ReturnType<Builder['call']>[] }

const salt = keccak256(stringToBytes('pennypost/deployment/v1'))

/** Takes each role from the deployer first: whoever is on the list has it afterwards. */
function roleCalls(m: Builder, timelock: Future, roles: Roles) {
  return Object.entries(holdersOf(roles) ?? {}).flatMap(([name, accounts]) => {
    const role = roleOf(name)
    const revoke = m.encodeFunctionCall(timelock, 'revokeRole', [role, m.getAccount(0)], { id: `revoke${name}` })
    const grants = accounts.map((account, i) =>
      m.encodeFunctionCall(timelock, 'grantRole', [role, account], { id: `grant${name}${i}` }),
    )
    return [revoke, ...grants]
  })
}

const nameOf = ({ contractName }: Future) => contractName
