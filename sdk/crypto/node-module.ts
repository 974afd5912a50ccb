/** @internal */
type NodeModules = {
  'node:crypto': typeof import('node:crypto')
  'node:fs/promises': typeof import('node:fs/promises')
  'node:http': typeof import('node:http')
  'node:https': typeof import('node:https')
  'node:module': typeof import('node:module')
  'node:os': typeof import('node:os')
  'node:worker_threads': typeof import('node:worker_threads')
}

/** @internal A module of Node, where there is one; named so that bundlers for browsers look for nothing. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined
}
