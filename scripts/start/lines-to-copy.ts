import type { LocalNetwork } from './network.ts'

type Beside = { readonly faucet: string; readonly recipient: string }

/** What the examples read, as lines for a shell. */
export function linesToCopy(network: LocalNetwork, { faucet, recipient }: Beside): string[] {
  const { node, prover, rpcUrl, funder, deployment } = network
  const values = {
    NODE_URL: node.url,
    PROVER_URL: prover.url,
    RPC_URL: rpcUrl,
    FAUCET_URL: faucet,
    SIGNER: prover.signer,
    NOTE_TREE: deployment.tree,
    TOKEN: deployment.token,
    POSTAGE: deployment.postage,
    PAYMENTS: deployment.payments,
    RECIPIENT: recipient,
  }
  return [
    ...Object.entries(values).map(([name, value]) => `export ${name}=${value}`),
    '# has ether and all tokens that nobody else has; it is public, and good on this chain only',
    `export FUNDED_KEY=${funder}`,
    'export PRIVATE_KEY=$FUNDED_KEY',
  ]
}
