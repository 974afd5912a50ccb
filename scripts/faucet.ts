// Asks the local network that `npm start` runs for test tokens and gas: `npm run faucet -- 0x…`.

const [address = ''] = process.argv.slice(2)
const url = process.env.FAUCET_URL ?? 'http://127.0.0.1:5557'

try {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ address }) })
  const text = (await response.text()).trim()
  if (response.ok) console.log(text)
  else fail(text)
} catch {
  fail(`Nobody answers at ${url}. Start the network with npm start; where it printed another FAUCET_URL, export that.`)
}

function fail(text: string): void {
  console.error(text)
  process.exitCode = 1
}
