export { createMatcher } from './matcher.ts'
export { createLeakReader, type LeakReader } from './read-leaks.ts'
export { createReporter, type Outcome, type Reporter, type Target } from './reporter.ts'
export { type Report, Watcher } from './watcher.ts'
