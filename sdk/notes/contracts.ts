/** The contracts that notes come from and lie in, and those about them, for those who read them from a chain. */
export {
  checkpointRegistryAbi,
  connectionResolverAbi,
  noteTreeAbi,
  paymentsAbi,
  postageAbi,
  stakeRegistryAbi,
} from '../generated/abis.ts'
