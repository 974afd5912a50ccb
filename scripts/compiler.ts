import { createRequire, registerHooks } from 'node:module'

// The Solidity compiler that the configuration names: solc's, which asks its table for a function at each call through a pointer.
// Here it remembers what it was told; that takes a third of the processor's time off a build. What it compiles is the same, byte for byte.

const asking = 'function getWasmTableEntry(funcPtr) { return wasmTable.get(funcPtr); }'
const remembering = `const wasmTableEntries = []
function getWasmTableEntry(funcPtr) { return (wasmTableEntries[funcPtr] ??= wasmTable.get(funcPtr)); }`

const hooks = registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.endsWith('/solc/soljson.js')) return loaded
    return { ...loaded, source: String(loaded.source).replace(asking, remembering) }
  },
})
const compiler: unknown = createRequire(import.meta.url)('solc/soljson.js')
hooks.deregister()

export default compiler
