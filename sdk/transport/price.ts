/** A price as nodes write it, in whole tokens of 18 decimals, in the token's smallest unit. */
export function priceFromJson(json: unknown): bigint | undefined {
  const [, whole, fraction = ''] = (typeof json === 'string' && /^(\d{1,60})(?:\.(\d{1,18}))?$/.exec(json)) || []
  return whole === undefined ? undefined : BigInt(whole + fraction.padEnd(18, '0'))
}
