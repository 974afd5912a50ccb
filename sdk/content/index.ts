export * from './codec.ts'
export * from './compression.ts'
export * from './content.ts'
export * from './text.ts'
