import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey } from 'viem/accounts'
import { Client } from '../sdk/index.ts'
import { chromiumPath, startBrowser } from '../test/helpers/browser.ts'
import { run } from './package.ts'
import { must } from './start/cast.ts'
import { createLocalAccounts } from './start/local-accounts.ts'
import { type LocalNetwork, startNetwork } from './start/network.ts'

// `npm run pictures`: draws the app as README shows it, from the real page on a real local network, into docs/pictures/.

if (!chromiumPath) throw new Error('There is no Chromium to draw with: set CHROMIUM_PATH to one.')
const size = { width: 1120, height: 780 }
const target = join(import.meta.dirname, '../docs/pictures')

const folder = await mkdtemp(join(tmpdir(), 'pennypost-pictures-'))
const built = join(folder, 'app')
await run(['vite', 'build', 'web', '--outDir', built, '--emptyOutDir'])
const accounts = createLocalAccounts()
const local = () => ({ accounts: accounts.offered(), chain: { rpcUrl: network.rpcUrl } })
const network = await startNetwork({
  folder,
  ports: { chain: 0, node: 0, prover: 0 },
  isWatched: false,
  app: { folder: built, local },
})
const browser = await startBrowser(chromiumPath)
try {
  await accounts.prepare(network)
  const [ann, , cleo] = accounts.offered()
  if (!ann || !cleo) throw new Error('The local network offers no accounts.')
  await writeLetters(network, { ann, cleo })
  await draw(cleo.name)
} finally {
  await browser.close()
  await network.close()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0) // Hardhat's chain keeps handles open

type Account = { readonly address: string; readonly key: `0x${string}` }

/** A conversation that a stamp has begun, and a stranger's letter that took some work. */
async function writeLetters({ node, prover, trust, connect }: LocalNetwork, who: Record<'ann' | 'cleo', Account>) {
  const open = (key: `0x${string}`) =>
    Client.create(connect(key).account, {
      node: node.url,
      prover: prover.url,
      network: trust,
      privacy: { joinSeconds: 0 },
    })
  const send = async (from: Client, to: string, texts: readonly string[]) => {
    const conversation = await from.conversations.new(to)
    for (const text of texts) must(await conversation.send(text, { maxEffort: 600 }))
  }
  const [ann, cleo, stranger] = [await open(who.ann.key), await open(who.cleo.key), await open(generatePrivateKey())]
  await send(ann, cleo.address, ['Dear Cleo, we have not met. May I ask you something about your garden?'])
  await cleo.conversations.list()
  await send(cleo, ann.address, ['Ask away. A stamp on it is a rare sight these days.'])
  await send(ann, cleo.address, ['Which of the roses smell best in June?', 'My neighbour swears by the old ones.'])
  await send(cleo, ann.address, ['She is right. Come by on Sunday, and see for yourself.'])
  await send(stranger, cleo.address, ['Hello, I am writing about the bench that you offered. Is it still to be had?'])
  for (const client of [ann, cleo, stranger]) await client.close()
}

async function draw(name: string): Promise<void> {
  const page = await browser.open('about:blank')
  await page.setViewportSize(size)
  await page.goto(`${network.node.url}/app/`)
  await page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('region', { name: 'Requests' }).waitFor()
  await page.getByRole('region', { name: 'Conversations' }).getByRole('button').click()
  await page.getByRole('log').getByText('Come by on Sunday').waitFor()
  await page.mouse.move(0, 0)
  await mkdir(target, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await writeFile(join(target, `app-${colorScheme}.png`), await page.screenshot())
  }
}
