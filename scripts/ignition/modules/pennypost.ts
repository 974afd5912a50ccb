import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { keccak256, stringToBytes } from 'viem'
import { addEas } from './eas.ts'
import { addEconomy, type Builder, type Founders, type Future } from './economy.ts'
import { addTimelock, type Roles } from './timelock.ts'

/** What a deployment is made of, beside the values that its parameters have. */
export type Shape = {
  /** The token is there already: parameter `token`, its address. Otherwise the development token is deployed. */
  readonly hasToken?: boolean
  /** The attestation service is there already: parameter `eas`, its address. */
  readonly hasEas?: boolean
  readonly roles?: Roles
  readonly founders?: Founders
}

const day = 86_400

/** Class 1 unless a network's parameters say otherwise: one token a stamp, 64 units (256 KiB), good for a year. */
export const firstClass = { price: 10n ** 18n, unitsPerTicket: 64, laneTtl: day, rootWindow: 3_600, noteTtl: 365 * day }

/** `IPostage.Disposal.Burn`; 1 sends tokens that cannot burn to the dead address. */
const burn = 0

/** `ClassId.STAMP`. */
const stampInserter = 1

/** Everything: deployed and set up by the deployer, then handed over to a timelock. */
export function definePennypost({ hasToken = false, hasEas = false, roles = {}, founders = {} }: Shape = {}) {
  return buildModule('Pennypost', (m) => {
    const networkId = m.getParameter('networkId', keccak256(stringToBytes('pennypost-local')))
    const token = hasToken
      ? m.contractAt('IERC20Burnable', m.getParameter<string>('token'))
      : m.contract('PostageToken', [m.getAccount(0), m.getParameter('supply', 10n ** 27n)])
    const { tree, postage, opened } = addPostage(m, token)
    const { settings, ...economy } = addEconomy(m, { token, tree, networkId, postage, opened, founders })

    const owned = [tree, postage, ...Object.values(economy)]
    const timelock = addTimelock(m, owned, { roles, after: [opened, ...settings] })
    return { token, tree, postage, ...economy, ...addEas(m, { networkId, isThere: hasEas }), timelock }
  })
}

function addPostage(m: Builder, token: Future) {
  const owner = m.getAccount(0)
  const tree = m.contract('NoteTree', [owner, m.getParameter('treeCapacity', 2 ** 20)])
  const postage = m.contract('Postage', [owner, token, tree, m.getParameter('disposal', burn)])
  const inserter = m.call(tree, 'addInserter', [postage, stampInserter])

  const terms = {
    price: m.getParameter('price', firstClass.price),
    unitsPerTicket: m.getParameter('unitsPerTicket', firstClass.unitsPerTicket),
    laneTtl: m.getParameter('laneTtl', firstClass.laneTtl),
    rootWindow: m.getParameter('rootWindow', firstClass.rootWindow),
    noteTtl: m.getParameter('noteTtl', firstClass.noteTtl),
  }
  return { tree, postage, opened: m.call(postage, 'addClass', [terms], { after: [inserter] }) }
}

export default definePennypost()
