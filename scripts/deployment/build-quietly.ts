type Building = {
  readonly tasks: { getTask(name: 'build'): { run(given: { quiet: boolean; noTests: boolean }): Promise<unknown> } }
}

/** Compiles what is not compiled. What the compiler warns of is for whoever changes contracts, not for whoever deploys them. */
export async function buildQuietly({ tasks }: Building): Promise<void> {
  const { warn } = console
  console.warn = () => undefined // Hardhat's `quiet` leaves warnings
  try {
    await tasks.getTask('build').run({ quiet: true, noTests: true })
  } finally {
    console.warn = warn
  }
}
