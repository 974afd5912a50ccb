import { registerHooks } from 'node:module'

// Loaded before all else by the processes that tests start (see template.ts): services begin with a copy of the run's database.
// An older Node, which some tests start, knows no such hooks, and initialises.
const copied = new URL('copied.ts', import.meta.url).href

registerHooks?.({
  resolve: (specifier, context, next) =>
    specifier === '@electric-sql/pglite' && context.parentURL?.includes('/plugins/database/')
      ? next(copied, context)
      : next(specifier, context),
})
