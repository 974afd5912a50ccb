/** The contracts that notes come from and lie in, for those who read them from a chain. */
export { noteTreeAbi, postageAbi } from '../generated/abis.ts'
