import { bytes, input, integer, list, uint64 } from '../../plugins/schema.ts'

// The JSON of pennypost.v1.Evidence.

const element = (description: string) => bytes(`${description} 32 bytes, big-endian.`)

const use = {
  nullifier: element('Makes it single-use.'),
  y: element('A share of the secret.'),
  tag: element("The sender's pseudonym."),
  tagScope: element('Not on first contact.'),
  asOf: uint64('Unix seconds: this full hour, or the one before.'),
  proof: bytes('Groth16 over BN254, 256 bytes.'),
}
const ticket = input(
  { classNumber: integer('Of the class within its kind.'), root: element('Of the note tree.'), ...use },
  'One anonymous use of a note of the tree.',
)

const credential = input(
  { issuer: bytes("The issuer's key: x and y, 32 bytes each, big-endian."), ...use },
  'One anonymous use of a note that an issuer has signed for a fact.',
)

const claim = input(
  {
    form: integer('1: an off-chain attestation of EAS, version 2; 2: a W3C credential (`vc+jwt`).'),
    issuer: bytes("The issuer's key: x and y, 32 bytes each, big-endian."),
    certificate: input(
      {
        key: bytes('Of secp256k1: x and y, 32 bytes each, big-endian.'),
        eas: bytes('The contract of EAS that attestations name, 20 bytes.'),
        signature: bytes("The issuer's: R8.x, R8.y and S, 32 bytes each, big-endian."),
      },
      'Which key signs its claims in this epoch.',
    ),
    subject: bytes('The account, 20 bytes; one with a key of its own.'),
    epoch: uint64('The current one.'),
    blockNumber: uint64('By which the fact was judged.'),
    blockHash: bytes('32 bytes.'),
    salt: bytes("The issuer's, 32 bytes."),
    signature: bytes("The issuer's, R and S."),
    number: integer('Which of the 64 uses in the epoch it is, from 0.'),
    nullifier: element('Of account, fact, issuer, epoch and number.'),
    shown: bytes("The account's signature over topic, use and number (EIP-712): R, S and 0 or 1."),
  },
  "A fact about an account, in the account's own name.",
)

const holding = input(
  {
    header: bytes("The block's, RLP: of the first checkpoint of this epoch."),
    accountProof: list(
      bytes('A node of the state trie, RLP.'),
      'From its root to the account, or to the contract of a token.',
    ),
    storageProof: list(
      bytes('A node of the storage trie, RLP.'),
      "Of a token: from the contract's root to the account's balance.",
    ),
    subject: bytes('The account, 20 bytes; one with a key of its own.'),
    epoch: uint64('The current one.'),
    number: integer('Which of the 64 uses in the epoch it is, from 0.'),
    nullifier: element('Of account, fact, epoch and number.'),
    shown: bytes("The account's signature over topic, use and number (EIP-712): R, S and 0 or 1."),
  },
  'What an account holds, proven by the state of the chain (EIP-1186).',
)

const amount = (description: string) => bytes(`${description} At most 12 bytes, big-endian, without leading zeros.`)
const terms = input({
  sender: bytes('20 bytes.'),
  count: integer('Recipients.'),
  deliverBy: uint64('Unix seconds.'),
  root: element('Of the tree of recipients.'),
  base: amount('For each recipient.'),
  bond: amount('For each recipient.'),
  tip: amount('For each recipient.'),
})
const place = input({
  terms,
  index: integer(),
  salt: element('Of the leaf.'),
  siblings: list(element('From leaf to root.')),
})
const payment = input(
  {
    place,
    treeRoot: element('Of the note tree.'),
    leafIndex: integer(),
    path: list(element('From the leaf to the root.')),
  },
  'A payment that was made for this lane.',
)

const compact = input({ bytes: bytes('R and S.'), recovery: integer() })
const signature = input({ ecdsaCompact: compact, walletEcdsaCompact: compact })
const connection = input(
  {
    statement: bytes('Who may write to whom, and until when: five words of 32 bytes.'),
    identityKey: input({
      timestamp: uint64('Milliseconds.'),
      signature,
      secp256k1Uncompressed: input({ bytes: bytes('65 bytes.') }),
    }),
    signature,
  },
  "The recipient's grant that a holder may write freely.",
)

const work = input({ nonce: uint64() }, 'Computing time, for a request.')

/** What a sender shows to meet one condition: one of the kinds. */
export const evidence = input({
  condition: integer('Which condition of the rule, counted from the left.'),
  ticket,
  credential,
  claim,
  holding,
  payment,
  connection,
  work,
  also: list(integer(), 'Of a payment: further conditions that it meets.'),
})
