declare module '@digitalbazaar/vc' {
  /** Checks a credential by the data model, and has a suite make a proof for it. */
  export function issue(options: {
    readonly credential: Readonly<Record<string, unknown>>
    readonly suite: object
  }): Promise<object>
}
