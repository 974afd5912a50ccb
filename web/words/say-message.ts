import type { Message } from '@pennypost/sdk'

/** A message as text: its own, or what its writer's application says of content that this page does not know. */
export function textOf({ content, fallback, problem }: Message): string {
  if (typeof content === 'string') return content
  return fallback ?? problem?.message ?? 'Something that this page cannot show.'
}

/** Whether it is shown by its writer's words for those who cannot read it. */
export const isFallback = ({ content }: Message): boolean => typeof content !== 'string'
