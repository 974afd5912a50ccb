import { type Address, keccak256, stringToBytes, zeroAddress, zeroHash } from 'viem'
import type { Builder, Future } from './economy.ts'

/** Who may do what with the timelock; a list that is not given is the deployer alone. */
export type Roles = {
  /** May schedule calls. */
  readonly proposers?: readonly Address[]
  /** May call off what is scheduled. */
  readonly cancellers?: readonly Address[]
  /** May make the calls once their time has come; the zero address means everybody. */
  readonly executors?: readonly Address[]
}

const day = 86_400
const roleOf = (name: string) => keccak256(stringToBytes(`${name}_ROLE`))

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

/** Takes each role that is somebody's from the deployer first: whoever is on the list has it afterwards. */
function roleCalls(m: Builder, timelock: Future, roles: Roles) {
  const lists = { PROPOSER: roles.proposers, CANCELLER: roles.cancellers, EXECUTOR: roles.executors }
  return Object.entries(lists).flatMap(([name, accounts]) => {
    if (!accounts) return []
    if (accounts.length === 0) throw new RangeError(`The timelock would have no ${name.toLowerCase()}, ever.`)
    const role = roleOf(name)
    const revoke = m.encodeFunctionCall(timelock, 'revokeRole', [role, m.getAccount(0)], { id: `revoke${name}` })
    const grants = accounts.map((account, i) =>
      m.encodeFunctionCall(timelock, 'grantRole', [role, account], { id: `grant${name}${i}` }),
    )
    return [revoke, ...grants]
  })
}

const nameOf = ({ contractName }: Future) => contractName
