/** A statement; one with a name is prepared once. */
export type Statement = { readonly text: string; readonly name?: string; readonly values?: readonly unknown[] }

/** A row; bytes are Buffers, bigints decimal strings. */
// biome-ignore lint/suspicious/noExplicitAny: a row's columns are what its statement selects
export type Row = any

/** The little of PostgreSQL that a store needs; one of these for each place a database may live. */
export type Database = {
  /** One statement, outside of any transaction. */
  read(statement: Statement): Promise<Row[]>
  /** Statements in one transaction; their rows, statement by statement. One transaction at a time. */
  write(statements: readonly Statement[]): Promise<Row[][]>
  /** Several statements without values. */
  script(text: string): Promise<void>
  close(): Promise<void>
}
