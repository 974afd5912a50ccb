/** Where an account records which blocks of its notes are taken, for all its devices and for good. */
export type BlockLog = {
  /** The blocks of one note that were ever taken. */
  taken(noteId: string): Promise<Iterable<number>>
  /**
   * Records a block as taken by this run. Resolves once that is stored: true if this run is the first to have taken it,
   * false if another was faster. Rejects where it cannot be stored; then nothing of the block is used.
   */
  take(noteId: string, block: number): Promise<boolean>
  /** Records that a block was not used, and will not be: one that this run took, or another one under that name. */
  giveBack?(noteId: string, block: number, name?: string | undefined): Promise<void>
  /** How claims are told apart, where ids outlive the run that has taken them. */
  readonly names?: ClaimNames
}

/** The names of claims to blocks. */
export type ClaimNames = {
  /** Under which this run claims a block, or would. */
  own(noteId: string, block: number): string
  /** Whether a message id belongs to a claim, as far as the log is known: this run's own, or one beside which there is no other. */
  holder(noteId: string): (name: string | undefined, messageId: number) => boolean
  /**
   * Records, with the next page, that an id was drawn: by another claim to it. A later run that has an old copy of what waited
   * then leaves it alone.
   */
  seal(noteId: string, messageId: number): Promise<void>
}
