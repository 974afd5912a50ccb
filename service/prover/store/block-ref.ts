/** A block by number and hash, 0x hex. */
export type BlockRef = { readonly number: bigint; readonly hash: `0x${string}` }
