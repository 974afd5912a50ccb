export { createMatcher } from './matcher.ts'
export { createLeakReader } from './read-leaks.ts'
export { createReporter, type Outcome, type Target } from './reporter.ts'
export { Watcher } from './watcher.ts'
