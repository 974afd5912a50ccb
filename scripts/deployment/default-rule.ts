import { defaultRuleOn } from '../../sdk/verifier/index.ts'
import type { ContractParameters } from './parameters.ts'

/** The parameters with the rule of recipients who have none: where issuers are named, an old account of the chain will do. */
export function withDefaultRule(parameters: ContractParameters, chainId: number): ContractParameters {
  const { issuers = [], defaultRule } = parameters
  if (issuers.length === 0 || defaultRule !== undefined) return parameters
  return { ...parameters, defaultRule: defaultRuleOn(chainId) }
}
