import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import hre from 'hardhat'
import { keccak256, parseEther, toHex } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deployPennypost } from '../../scripts/deploy-local.ts'
import { readSettlements } from '../../scripts/tasks/opening-line.ts'
import { commitmentOf, fromHex, personHashOf, secretHashOf } from '../../sdk/crypto/index.ts'
import { noteTreeAbi, paymentsAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import { signVerdict } from '../../sdk/payments/index.ts'
import { startOwnerChain } from './helpers/owner-chain.ts'
import { openTaskRunner } from './helpers/task-runner.ts'

const use = keccak256(toHex('a lane'))
/** For a token of 6 decimals: a stamp for one token, and a least base of a hundredth. */
const ofSixDecimals = { price: 1_000_000n, leastBase: 10_000n }
const hash = /^Sent: 0x[0-9a-f]{64}$/

describe('the tasks', () => {
  let chain: Awaited<ReturnType<typeof startOwnerChain>>
  let run: Awaited<ReturnType<typeof openTaskRunner>>
  let folder: string
  const at = (name: string) => join(folder, name)
  const readJson = async (name: string) => JSON.parse(await readFile(at(name), 'utf8'))
  const blockNumber = () => chain.client.getBlockNumber()
  const balanceOf = (index: number) =>
    chain.client.readContract({
      address: chain.deployment.token,
      abi: postageTokenAbi,
      functionName: 'balanceOf',
      args: [chain.addressOf(index)],
    })

  beforeAll(async () => {
    chain = await startOwnerChain((addressOf) => ({ operators: [addressOf(3)] }))
    folder = await mkdtemp(join(tmpdir(), 'pennypost-tasks-'))
    run = await openTaskRunner({ ...chain, keys: [0, 1, 2, 3].map(chain.keyOf) })
    for (const index of [1, 2]) {
      const args = [chain.addressOf(index), parseEther('5000')]
      await chain.send(0, { address: chain.deployment.token, abi: postageTokenAbi, functionName: 'transfer', args })
    }
  })
  afterAll(async () => {
    await chain.close()
    await rm(folder, { recursive: true })
  })

  describe('buy', () => {
    test('keeps the secret in a file of its owner only, and buys what it opens', async () => {
      const lines = await run('buy', { from: 1, count: 12, file: at('stamps.json') })
      expect(lines.slice(0, 2)).toEqual([
        'PENNYPOST_PERSON is not set: the note will be of nobody, and no client can take it in.',
        `The note's secret is in ${at('stamps.json')}: whoever has the file has the note.`,
      ])
      expect(lines.slice(2, 4)).toEqual(['Takes 12 devXMTP.', 'Pays by a permit.'])
      expect(lines[4]).toMatch(hash)
      expect(lines.at(-1)).toMatch(
        /^12 stamps for 12 devXMTP, leaf 0, good until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$/,
      )
      expect((await stat(at('stamps.json'))).mode & 0o777).toBe(0o600)

      const kept = await readJson('stamps.json')
      expect(kept).toMatchObject({
        kind: 'stamps',
        chainId: 31_337,
        class: 1,
        leafIndex: 0,
        operation: '0',
        limit: '12',
      })
      const { tree } = chain.deployment
      const [note] = await chain.client.getContractEvents({
        address: tree,
        abi: noteTreeAbi,
        eventName: 'NoteAppended',
        fromBlock: 0n,
      })
      const [secret, person] = [BigInt(`0x${kept.secret}`), BigInt(`0x${kept.person}`)]
      expect(note?.args.commitment).toBe(commitmentOf(secretHashOf(secret), personHashOf(person)))
      expect(BigInt(`0x${kept.commitment}`)).toBe(note?.args.commitment)
    })

    test('says what it would do, and sends and keeps nothing, in a dry run', async () => {
      const before = await blockNumber()
      const lines = await run('buy', { from: 1, count: 3, file: at('dry.json'), dryRun: true })
      expect(lines.slice(1, 3)).toEqual(['Takes 3 devXMTP.', 'Pays by a permit.'])
      expect(lines[3]).toMatch(/^Dry run: it would work, with \d+ gas, 0\.\d+ ether at [\d.]+ gwei\.$/)
      expect(lines[4]).toBe('Nothing was sent.')
      expect(await blockNumber()).toBe(before)
      expect(await readdir(folder)).not.toContain('dry.json')
    })

    test('never overwrites a file that may be worth money', async () => {
      const before = await blockNumber()
      const kept = await readFile(at('stamps.json'), 'utf8')
      await expect(run('buy', { from: 1, file: at('stamps.json') })).rejects.toThrow('already exists')
      expect(await readFile(at('stamps.json'), 'utf8')).toBe(kept)
      expect(await blockNumber()).toBe(before)
    })

    test.each([
      [
        'the price is above what was allowed',
        { from: 1, most: '19.5' },
        'It takes 20 devXMTP, more than 19.5 devXMTP. (postage.price-too-high)',
      ],
      ['the account has no tokens', { from: 3 }, `(token.balance-too-low: ERC20InsufficientBalance(sender: `],
      ['there is no such class', { from: 1, class: 9 }, '(postage.class-unknown: PostageClassUnknown(class: 9))'],
      ['the account is not there', { from: 7 }, 'The network has no account 7.'],
      [
        'the most is no amount',
        { from: 1, most: '1e3' },
        '--most must be an amount of tokens like 0.5, of 18 decimals, not "1e3".',
      ],
    ])('is refused in words where %s, and leaves no file', async (_, given, message) => {
      await expect(run('buy', { ...given, file: at('refused.json') })).rejects.toThrow(message)
      expect(await readdir(folder)).not.toContain('refused.json')
    })
  })

  test('keep the secret of what may have been sent, although the answer was an error', async () => {
    // Tokens, but no ether: all is well until the very sending.
    const key = keccak256(toHex('an account without ether'))
    const args = [privateKeyToAddress(key), parseEther('5')]
    await chain.send(0, { address: chain.deployment.token, abi: postageTokenAbi, functionName: 'transfer', args })
    const poor = await openTaskRunner({ ...chain, keys: [key] })
    await expect(poor('buy', { count: 5, file: at('poor.json') })).rejects.toThrow("doesn't have enough funds")
    expect(await readJson('poor.json')).toMatchObject({ kind: 'stamps', class: 1 })
    const given = { to: chain.addressOf(2), use, file: at('poor-payment.json') }
    await expect(poor('pay', given)).rejects.toThrow("doesn't have enough funds")
    expect(await readJson('poor-payment.json')).toMatchObject({ kind: 'payment' })
  })

  describe('pay, settle and refund', () => {
    test('pay one of many, who settle by their signature, and give the rest back', async () => {
      const people = [2, 3, 4].map((index) => `${chain.addressOf(index)},${use}`)
      await writeFile(at('list.csv'), `# recipients\n${people.join('\n')}\n\n`)
      const before = await balanceOf(1)
      const paid = await run('pay', {
        from: 1,
        list: at('list.csv'),
        base: '1',
        bond: '5',
        tip: '2',
        file: at('payment.json'),
      })
      expect(paid.at(-1)).toMatch(/^24 devXMTP paid, leaf \d+\./)
      expect(await balanceOf(1)).toBe(before - parseEther('24'))
      expect((await stat(at('payment.json'))).mode & 0o777).toBe(0o600)

      await run('openings', { from: 1, file: at('payment.json'), out: at('openings.jsonl') })
      const [first, second] = (await readFile(at('openings.jsonl'), 'utf8')).trim().split('\n')
      await writeFile(at('mine.jsonl'), `${first}\n`)
      expect((await run('settle', { from: 2, file: at('mine.jsonl'), verdict: 'fine', dryRun: true })).at(-1)).toBe(
        'Nothing was sent.',
      )
      expect((await run('settle', { from: 2, file: at('mine.jsonl'), verdict: 'fine' })).at(-1)).toBe(
        '1 of 1 were new.',
      )

      const signed = await sign(`${second}\n`, 3)
      await writeFile(at('signed.jsonl'), `${JSON.stringify({ ...JSON.parse(first!), verdict: 'fine' })}\n${signed}\n`)
      const settled = await run('settle', { from: 2, file: at('signed.jsonl') })
      expect(settled[0]).toBe('2 verdicts, with 4 devXMTP of tips for those that are new.')
      expect(settled.at(-1)).toBe('1 of 2 were new.')
      expect(await balanceOf(3)).toBe(parseEther('2'))

      expect(await run('refund', { from: 1, dryRun: true })).toContain('Nothing was sent.')
      const refunded = await run('refund', { from: 1 })
      expect(refunded[0]).toMatch(/^3 letters: 1 fine, 1 spam, 1 without a verdict, open until .*; 5 devXMTP due\.$/)
      expect(refunded.at(-1)).toBe('5 devXMTP came back.')
    })

    /** A line with a verdict of spam, signed by the account at an index. */
    const sign = async (line: string, index: number) => {
      await writeFile(at('unsigned.jsonl'), line)
      const [settlement] = await readSettlements(at('unsigned.jsonl'), 'spam')
      const { payments } = chain.deployment
      const signature = await signVerdict({ ...settlement!, wallet: chain.walletAt(index), chainId: 31_337, payments })
      return JSON.stringify({ ...JSON.parse(line), verdict: 'spam', signature })
    }

    test('repeat a payment whose answer was lost, without paying twice', async () => {
      const before = await balanceOf(1)
      const lines = await run('pay', { from: 1, file: at('payment.json') })
      expect(lines.at(-1)).toBe('The payment is on the chain; nothing was sent.')
      expect(await balanceOf(1)).toBe(before)
    })

    test('make a payment that was kept and never sent', async () => {
      const given = { from: 1, to: chain.addressOf(2), use, tip: '1', file: at('late.json') }
      await run('pay', given)
      const kept = await readJson('late.json')
      kept.terms.tip = '3000000000000000000'
      await writeFile(at('other.json'), JSON.stringify(kept))
      expect((await run('pay', { from: 1, file: at('other.json') })).at(-1)).toMatch(/^3\.01 devXMTP paid/)
    })

    test.each([
      ['another account paid', 'payment.json', 2, 'is a payment by another account.'],
      ['it is not of a payment', 'stamps.json', 1, 'is not a file made by "pay".'],
    ])('refuse a file where %s', async (_, file, from, message) => {
      await expect(run('pay', { from, file: at(file) })).rejects.toThrow(message)
    })

    test('refuse a file whose recipients were changed', async () => {
      const kept = await readJson('payment.json')
      kept.recipients[0] = `${chain.addressOf(9)},${use}`
      await writeFile(at('changed.json'), JSON.stringify(kept))
      await expect(run('pay', { from: 1, file: at('changed.json') })).rejects.toThrow(
        'its recipients give another root.',
      )
    })

    test.each([
      ['a bond above the floor', { bond: '101' }, 'PaymentsOutOfRange(field: bond, value: 101'],
      ['no use', { use: undefined }, '--use must be 32 bytes in hexadecimal, not "".'],
      ['no address', { to: '0x12' }, '--to must be an address: expected 0x and 40 hex digits, found "0x12".'],
    ])('are refused in words for %s, and leave no file', async (_, change, message) => {
      const given = { from: 1, to: chain.addressOf(2), use, file: at('refused.json'), ...change }
      await expect(run('pay', given)).rejects.toThrow(message)
      expect(await readdir(folder)).not.toContain('refused.json')
    })

    test('refuse a verdict that was given, with what the contract said', async () => {
      const { payment } = await readJson('payment.json')
      const refusal = run('settle', { from: 2, file: at('mine.jsonl'), verdict: 'spam' })
      await expect(refusal).rejects.toThrow(`PaymentsAlreadySettled(payment: ${payment}, index: 0)`)
      const ledger = await chain.client.readContract({
        address: chain.deployment.payments,
        abi: paymentsAbi,
        functionName: 'ledgerOf',
        args: [payment],
      })
      expect(ledger).toMatchObject({ fine: 1, spam: 1 })
    })
  })

  test('stake keeps the secret, and unstake asks, waits and fetches', async () => {
    const before = await balanceOf(2)
    const dry = await run('stake', { from: 2, dryRun: true })
    expect(dry.at(-1)).toBe('Nothing was sent.')
    const lines = await run('stake', { from: 2, file: at('stake.json') })
    expect(lines.at(-1)).toMatch(/^1000 devXMTP at stake, 16 tickets in every epoch, leaf \d+\.$/)
    const kept = await readJson('stake.json')
    expect(kept).toMatchObject({ kind: 'stake', contract: chain.deployment.stakeRegistry, limit: '16' })
    expect(secretHashOf(BigInt(`0x${kept.secret}`))).not.toBe(0n)
    expect(fromHex(kept.secret).length).toBe(32)
    await expect(run('stake', { from: 2, file: at('again.json') })).rejects.toThrow(
      'StakeRegistryAlreadyStaked(staker: ',
    )

    expect((await run('unstake', { from: 2, dryRun: true })).at(-1)).toBe('Nothing was sent.')
    expect((await run('unstake', { from: 2 })).at(-1)).toMatch(
      /^The stake gives no more tickets\. Run this again from /,
    )
    await expect(run('unstake', { from: 2 })).rejects.toThrow('StakeRegistryTooEarly(exitAt: ')
    await chain.pass(3 * 86_400)
    expect((await run('unstake', { from: 2 })).at(-1)).toBe('1000 devXMTP came back.')
    expect(await balanceOf(2)).toBe(before)
    await expect(run('unstake', { from: 2 })).rejects.toThrow('StakeRegistryNotStaked(staker: ')
  })

  test('notify tells an address, and says how often it was told', async () => {
    const to = chain.addressOf(12)
    expect((await run('notify', { from: 1, to, dryRun: true })).at(-1)).toBe('Nothing was sent.')
    expect((await run('notify', { from: 1, to })).at(-1)).toBe(`${to} was notified, for the first time.`)
    expect((await run('notify', { from: 1, to })).at(-1)).toBe(`${to} was notified, 2 times.`)
    await expect(run('notify', { from: 1, to, most: '4' })).rejects.toThrow('(postage.price-too-high)')
  })

  test('notify transfers a link, or prints it', async () => {
    const to = chain.addressOf(13)
    const page = 'https://pennypost.example/mail.html'
    const link = `${page}#for=${to}`
    const by = { from: 1, to, by: 'transfer', page } as const
    const held = () => chain.client.getBalance({ address: to })
    const before = await held()
    const tried = await run('notify', { ...by, dryRun: true })
    expect(tried[0]).toMatch(/^Takes 0\.\d+ ether at most, with its gas\.$/)
    expect(tried.at(-1)).toBe('Nothing was sent.')
    for (const dryRun of [true, false]) expect(await run('notify', { ...by, by: 'link', dryRun })).toEqual([link])
    await expect(run('notify', { ...by, most: '0.000000001' })).rejects.toThrow('(transfer.cost-too-high)')
    await expect(run('notify', { ...by, most: 'all' })).rejects.toThrow('--most must be an amount of ether')
    await expect(run('notify', { ...by, page: undefined })).rejects.toThrow('--page is missing.')
    await expect(run('notify', { ...by, page: 'http://pennypost.example/' })).rejects.toThrow('https')
    for (const wrong of ['phone', 'toString'])
      await expect(run('notify', { ...by, by: wrong })).rejects.toThrow('--by must be one of token, transfer, link')
    expect(await held()).toBe(before)
    expect((await run('notify', { ...by, most: '0.1' })).at(-1)).toMatch(
      new RegExp(`^${to} was sent ${link}, for 0\\.\\d+ ether\\.$`),
    )
    expect(await held()).toBe(before + 1n)
  })

  test('withdraw fetches what is due for running a node, and is refused for who runs none', async () => {
    const before = await balanceOf(3)
    const due = (await run('status', { from: 3 })).find((line) => line.startsWith('  due'))
    expect((await run('withdraw', { from: 3, dryRun: true })).at(-1)).toBe('Nothing was sent.')
    const last = (await run('withdraw', { from: 3 })).at(-1)
    expect(`  due     ${last}`).toBe(`${due}.`)
    expect(await balanceOf(3)).toBeGreaterThan(before)
    await expect(run('withdraw', { from: 1 })).rejects.toThrow('OperatorPoolNothingDue(operator: ')
  })

  test('buy sends an approval first where the token knows no permits, and says so in a dry run', async () => {
    const silent = await hre.artifacts.readArtifact('SilentToken')
    const wallet = chain.walletAt(0)
    const made = await wallet.deployContract({ ...silent, args: [chain.addressOf(0), 100_000_000n, 6] } as never)
    const { contractAddress: token } = await chain.client.getTransactionReceipt({ hash: made })
    const other = await mkdtemp(join(tmpdir(), 'pennypost-silent-'))
    const options = { rpcUrl: chain.rpcUrl, privateKey: chain.keyOf(0), folder: other }
    await deployPennypost({ ...options, parameters: { ...ofSixDecimals, token: token!, disposal: 1 } })
    const act = await openTaskRunner({ ...chain, folder: other, keys: [chain.keyOf(0)] })

    const before = await blockNumber()
    const dry = await act('buy', { count: 2, dryRun: true })
    expect(dry.slice(-3)).toEqual([
      'Pays by a separate approval.',
      'Dry run: a token approval would be sent first; the rest can only be tried after that.',
      'Nothing was sent.',
    ])
    expect(await blockNumber()).toBe(before)
    const lines = await act('buy', { count: 2, file: at('silent.json') })
    expect(lines[4]).toMatch(/^Approval sent: 0x/)
    expect(lines.at(-1)).toMatch(/^2 stamps for 2 tokens, leaf 0,/)

    // Its amounts are of 6 decimals, as the token says.
    const given = { to: chain.addressOf(1), use, base: '0.01', bond: '0.5', file: at('silent-payment.json') }
    await expect(act('pay', { ...given, tip: '0.0000001' })).rejects.toThrow('like 0.5, of 6 decimals, not "0.0000001"')
    await expect(act('pay', { ...given, most: '0.5' })).rejects.toThrow('It takes 0.51 tokens, more than 0.5 tokens. (')
    expect((await act('pay', given)).at(-1)).toMatch(/^0\.51 tokens paid, /)
    expect((await readJson('silent-payment.json')).terms).toMatchObject({ base: '10000', bond: '500000', tip: '0' })
    await rm(other, { recursive: true })
  })

  test("propose and enact an owner's act, two days apart", async () => {
    const given = { contract: 'operatorPool', call: 'addOperator', args: `["${chain.addressOf(5)}"]` }
    expect((await run('propose', { ...given, dryRun: true })).at(-1)).toBe('Nothing was sent.')
    expect((await run('propose', given)).at(-1)).toMatch(/^Operation 0x[0-9a-f]{64} can be enacted from 20/)
    await expect(run('propose', given)).rejects.toThrow('It is already proposed, and can be enacted from 20')
    await expect(run('enact', given)).rejects.toThrow('TimelockUnexpectedOperationState(operationId: 0x')
    await chain.pass(2 * 86_400)
    await expect(run('enact', { ...given, from: 1 })).rejects.toThrow('AccessControlUnauthorizedAccount(account: ')
    expect((await run('enact', given)).at(-1)).toBe('Done: operatorPool.addOperator.')
    expect(await chain.operatorsAmong(chain.deployment.operatorPool, [chain.addressOf(5)])).toEqual([true])
    await expect(run('propose', given)).rejects.toThrow('OperatorPoolKnown(operator: ')
    await expect(run('enact', given)).rejects.toThrow('It has not been proposed.')
  })

  test('propose what was done before once more', async () => {
    for (const call of ['pause', 'unpause', 'pause', 'unpause']) {
      const given = { contract: 'notice', call }
      await run('propose', given)
      await chain.pass(2 * 86_400)
      await run('enact', given)
    }
    expect(await run('status')).toContain('  paused  nothing')
  })

  test.each([
    ['no contract of ours', { contract: 'eas' }, '--contract must be one of tree, postage,'],
    ['no function of it', { call: 'withdrawAll' }, '--call must be one of '],
    ['no list', { args: '{}' }, '--args must be a JSON list'],
    [
      'a class out of range',
      {
        contract: 'postage',
        call: 'addClass',
        args: '[{"price":"0","unitsPerTicket":64,"laneTtl":86400,"rootWindow":3600,"noteTtl":86400}]',
      },
      'PostageClassOutOfRange(field: price',
    ],
  ])('propose refuses %s before it is scheduled', async (_, change, message) => {
    const given = { contract: 'operatorPool', call: 'addOperator', args: `["${chain.addressOf(6)}"]`, ...change }
    await expect(run('propose', given)).rejects.toThrow(message)
  })

  test('status shows the account and the contracts', async () => {
    const lines = await run('status', { from: 1, account: chain.addressOf(12) })
    expect(lines).toContain(`Account   ${chain.addressOf(12)}`)
    expect(lines.find((line) => line.startsWith('  notices'))).toMatch(/^ {2}notices 2, the last /)
    expect(lines).toContain('  stamp   1 devXMTP of class 1')
    expect(lines).toContain('  paused  nothing')
    expect(lines.at(-1)).toBe(`  owner   the timelock ${chain.deployment.timelock}, 48 hours`)
  })

  test('tell where no deployment is', async () => {
    const elsewhere = await openTaskRunner({ ...chain, folder, keys: [chain.keyOf(0)] })
    await expect(elsewhere('status')).rejects.toThrow('Chain 31337 has no deployment here')
    await writeFile(at('elsewhere.json'), JSON.stringify({ ...chain.deployment, chainId: 1, deployedAtBlock: 1 }))
    await expect(elsewhere('status', { deployment: at('elsewhere.json') })).rejects.toThrow(
      'The deployment is on chain 1, and the network is chain 31337.',
    )
    const record = join(chain.folder, 'deployments', 'chain-31337', 'pennypost.json')
    expect(await elsewhere('status', { deployment: record })).toContain('  paused  nothing')
  })
})
