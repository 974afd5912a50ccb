declare module '@pennypost/sdk/evidence/worker?worker&url' {
  const url: string
  // biome-ignore lint/style/noDefaultExport: Vite's form of it
  export default url
}
