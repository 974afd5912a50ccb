import type { HardhatConfig } from 'hardhat/types/config'
import type { HardhatPlugin } from 'hardhat/types/plugins'

/**
 * Has all files whose compiler is overridden compiled at once. Hardhat compiles those together that share one object of
 * settings, and makes one for each override: fifty compilers that each compile everything.
 */
export const mergeOverrides: HardhatPlugin = {
  id: 'pennypost-merge-overrides',
  hookHandlers: {
    config: async () => ({
      default: async () => ({
        resolveUserConfig: async (user, resolveVariable, next) => merged(await next(user, resolveVariable)),
      }),
    }),
  },
}

function merged(config: HardhatConfig): HardhatConfig {
  for (const { overrides } of Object.values(config.solidity.profiles)) {
    const [shared] = Object.values(overrides)
    for (const file of Object.keys(overrides)) if (shared) overrides[file] = shared
  }
  return config
}
