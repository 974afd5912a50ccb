import type { NetworkTerms } from '@pennypost/sdk/codec'
import { fromHex, toHex } from '@pennypost/sdk/crypto'
import type { Database, Row, Statement } from '../../plugins/database/index.ts'
import type { LedgerStore, OfficeTaken, TermsSet } from './ledger-store.ts'

type Reading = Pick<
  LedgerStore,
  'offices' | 'registryChanges' | 'officeAt' | 'termsAt' | 'officeBegins' | 'changeAfter'
>

/** What the registry has said, on PGlite or PostgreSQL: offices and terms, each as JSON. */
export function storeRegistry(database: Database): Reading {
  async function newest(kind: 'office' | 'terms', block: bigint): Promise<Row | undefined> {
    const text = `select * from registry where kind = $1 and block <= $2 order by block desc, log_index desc limit 1`
    return (await database.read({ text, values: [kind, String(block)] }))[0]
  }

  return {
    async offices() {
      const rows = await database.read({
        text: "select * from registry where kind = 'office' order by block, log_index",
      })
      return rows.map(officeOf)
    },
    async registryChanges(block) {
      const text = 'select count(*)::int as count from registry where block <= $1'
      const [row] = await database.read({ text, values: [String(block)] })
      return Number(row?.count)
    },
    async officeAt(block) {
      const row = await newest('office', block)
      return row && officeOf(row)
    },
    async termsAt(block) {
      const row = await newest('terms', block)
      return row && termsOf(row)
    },
    async officeBegins() {
      const text = `select greatest(
        (select min(block) from registry where kind = 'office'), (select min(block) from registry where kind = 'terms')
      ) as block where exists (select from registry where kind = 'office')
        and exists (select from registry where kind = 'terms')`
      const [row] = await database.read({ text })
      return row?.block ? BigInt(row.block) : undefined
    },
    async changeAfter(block) {
      const text = `select min(block) as block from (
        select block from registry where block > $1 union all select block from leaks where block > $1) as changes`
      const [row] = await database.read({ text, values: [String(block)] })
      return row?.block ? BigInt(row.block) : undefined
    },
  }
}

/** Adds an office or terms. */
export function addToRegistry(event: OfficeTaken | TermsSet): Statement {
  const { kind, block, logIndex } = event
  const text = 'insert into registry (block, log_index, kind, body) values ($1, $2, $3, $4)'
  return { text, values: [String(block), logIndex, kind, JSON.stringify(bodyOf(event))] }
}

function bodyOf(event: OfficeTaken | TermsSet): unknown {
  if (event.kind === 'office') {
    const { signers, threshold, endsAt, time } = event
    return { signers, threshold, endsAt, time }
  }
  const { classes, nodes, issuers, ...rest } = event.terms
  return {
    ...rest,
    classes: classes.map((entry) => ({ ...entry, contract: toHex(entry.contract), price: String(entry.price) })),
    nodes: nodes.map(({ url, key }) => ({ url, key: toHex(key) })),
    issuers: issuers.map(({ url, x, y }) => ({ url, x: toHex(x), y: toHex(y) })),
  }
}

function officeOf(row: Row): OfficeTaken {
  return { kind: 'office', block: BigInt(row.block), logIndex: Number(row.log_index), ...JSON.parse(row.body) }
}

type Written = Omit<NetworkTerms, 'classes' | 'nodes' | 'issuers'> & {
  readonly classes: readonly (Omit<NetworkTerms['classes'][number], 'contract' | 'price'> &
    Record<'contract' | 'price', string>)[]
  readonly nodes: readonly { readonly url: string; readonly key: string }[]
  readonly issuers: readonly { readonly url: string; readonly x: string; readonly y: string }[]
}

function termsOf(row: Row): NetworkTerms {
  const { classes, nodes, issuers, ...rest }: Written = JSON.parse(row.body)
  return {
    ...rest,
    classes: classes.map((entry) => ({ ...entry, contract: fromHex(entry.contract), price: BigInt(entry.price) })),
    nodes: nodes.map(({ url, key }) => ({ url, key: fromHex(key) })),
    issuers: issuers.map(({ url, x, y }) => ({ url, x: fromHex(x), y: fromHex(y) })),
  }
}
