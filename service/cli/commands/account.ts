import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fromHex, type Hex } from '@pennypost/sdk/crypto'
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts'
import { type Call, type Command, CommandMisusedError } from '../command.ts'
import { accountOf, findKey, keyOf } from '../find-wallet.ts'
import { sealKeystore } from '../keystore.ts'

/** Makes an account. */
const make: Command = {
  name: 'account new',
  about: 'Makes a new account: its key, encrypted with a password, in a file that only you may read.',
  parameters: ['FILE'],
  options: {},
  example: 'pennypost account new ~/alice.json',
  run: (call) => keep(call, generatePrivateKey()),
}

/** Keeps a key that is there. */
const importKey: Command = {
  name: 'account import',
  about: 'Encrypts a key that you have, of PENNYPOST_PRIVATE_KEY or typed, into a file that only you may read.',
  parameters: ['FILE'],
  options: {},
  example: 'pennypost account import ~/alice.json',
  run: async (call) => keep(call, keyOf(call.env.PENNYPOST_PRIVATE_KEY || (await call.ask('Private key: ')))),
}

/** Says whose account commands act for. */
const show: Command = {
  name: 'account show',
  about: 'Says the address of the account that commands act for. Asks nobody but you.',
  parameters: [],
  options: {},
  example: 'pennypost account show --keystore ~/alice.json',
  async run({ settings, env, ask }) {
    const { address } = accountOf(await findKey(settings, { env, ask }))
    return { json: { account: address }, text: address }
  },
}

async function keep(call: Call, key: Hex) {
  const [file = ''] = call.args
  const stays = new CommandMisusedError(`There is a file at ${file}, which stays as it is.`, {
    hint: 'Name another one.',
  })
  if (existsSync(file)) throw stays // before anybody types
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const json = await sealKeystore(fromHex(key), await choosePassword(call))
  await writeFile(file, json, { flag: 'wx', mode: 0o600, flush: true }).catch((error) => {
    throw error.code === 'EEXIST' ? stays : error
  })
  const address = privateKeyToAddress(key)
  const text = `${address} is in ${file}. Without it and its password nobody has the account: keep both.`
  return { json: { ok: true, account: address, keystore: file }, text: `${text}\nexport PENNYPOST_KEYSTORE='${file}'` }
}

/** Typed twice, since nobody sees it; from a pipe once. */
async function choosePassword({ ask, isTyped }: Call): Promise<string> {
  const password = (await ask('Password of the new file: ')) ?? ''
  if (password === '') throw new CommandMisusedError('There is no password.', { hint: 'Type one, or pipe it in.' })
  if (isTyped && (await ask('The same again: ')) !== password)
    throw new CommandMisusedError('The two passwords differ.', { hint: 'Nothing was written.' })
  return password
}

export const account = [make, importKey, show] as const
