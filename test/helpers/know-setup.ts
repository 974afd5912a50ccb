import { knowSetup } from './known-setup.ts'

// For processes, by `--import`.
knowSetup()
