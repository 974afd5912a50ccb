import type { definePennypost } from '../ignition/modules/pennypost.ts'

type Module = ReturnType<typeof definePennypost>

/** What each parameter of a deployment is where a network does not say otherwise, as the module has it. */
export function defaultParameters({ futures }: Module): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const future of futures) {
    if ('constructorArgs' in future) collect(future.constructorArgs, found)
    if ('args' in future) collect(future.args, found)
  }
  return found
}

function collect(value: unknown, found: Record<string, unknown>): void {
  if (typeof value !== 'object' || value === null || 'dependencies' in value) return // a future stands for itself
  if ('type' in value && value.type === 'MODULE_PARAMETER') {
    const { name, defaultValue } = value as unknown as { name: string; defaultValue: unknown }
    found[name] = defaultValue
    return
  }
  for (const part of Object.values(value)) collect(part, found)
}
