import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'
import { addEconomy, type Builder } from './economy.ts'

const day = 86_400

/** Class 1 unless a network's parameters say otherwise: one token a stamp, 64 units (256 KiB), good for a year. */
const firstClass = { price: 10n ** 18n, unitsPerTicket: 64, laneTtl: day, rootWindow: 3_600, noteTtl: 365 * day }

/** `IPostage.Disposal.Burn`; 1 sends tokens that cannot burn to the dead address. */
const burn = 0

/** `ClassId.STAMP`. */
const stampInserter = 1

type Token = Parameters<Builder['call']>[0]

/** Everything, with the development token; its supply goes to the deployer. */
const pennypost = buildModule('Pennypost', (m) => {
  const token = m.contract('PostageToken', [m.getAccount(0), m.getParameter('supply', 10n ** 27n)])
  return { token, ...addContracts(m, token) }
})

/** Everything on a token that is there already: parameter `token`, its address. */
export const pennypostOnToken = buildModule('PennypostOnToken', (m) => {
  const token = m.contractAt('IERC20Burnable', m.getParameter<string>('token'))
  return { token, ...addContracts(m, token) }
})

function addContracts(m: Builder, token: Token) {
  const owner = m.getAccount(0)
  const tree = m.contract('NoteTree', [owner])
  const postage = m.contract('Postage', [owner, token, tree, m.getParameter('disposal', burn)])
  const inserter = m.call(tree, 'addInserter', [postage, stampInserter])

  const terms = {
    price: m.getParameter('price', firstClass.price),
    unitsPerTicket: m.getParameter('unitsPerTicket', firstClass.unitsPerTicket),
    laneTtl: m.getParameter('laneTtl', firstClass.laneTtl),
    rootWindow: m.getParameter('rootWindow', firstClass.rootWindow),
    noteTtl: m.getParameter('noteTtl', firstClass.noteTtl),
  }
  m.call(postage, 'addClass', [terms], { after: [inserter] })
  return { tree, postage, ...addEconomy(m, token, tree) }
}

export default pennypost
