import { longestPath } from '@pennypost/sdk/facts'
import { type TSchema, Type } from 'typebox'
import { problemAnswer } from '../../plugins/problem-schema.ts'
import { factExamples as examples } from './fact-examples.ts'
import { Count } from './queries.ts'

const word = (description: string) => Type.String({ pattern: '^0x[0-9a-fA-F]{64}$', description })
const decimal = (description: string) => Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$', description })
const id = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the request; nobody else can name it.' })

const Body = Type.Object(
  {
    condition: Type.String({ maxLength: 1_536, description: 'One fact, as a policy writes it.' }),
    subject: Type.String({ maxLength: 42, description: 'The account that it is about.' }),
    epoch: Type.Integer({ minimum: 0, description: 'The current one.' }),
    as: Type.Optional(
      Type.Union([Type.Literal('note'), Type.Literal('eas'), Type.Literal('vc')], {
        description:
          'A note, to be shown without a name, where nothing is said; or a claim by name: an attestation of EAS (off-chain, version 2), or a W3C credential (`vc+jwt`).',
      }),
    ),
    secretHash: Type.Optional(word("Of a note's secret; another for each note. Not with a claim.")),
    personHash: Type.Optional(word('Of the person; one for an account, for 90 days at least. Not with a claim.')),
    path: Type.Optional(
      Type.Array(word('A hash beside the way from the account to the root, from below.'), {
        maxItems: longestPath,
        description: 'Of a list of accounts (`member`) alone.',
      }),
    ),
    signature: Type.String({
      pattern: '^0x([0-9a-fA-F]{2}){65,8192}$',
      description:
        "The account's, over the typed data `Fact` (EIP-712): by its key, ERC-1271 or ERC-6492. For a claim, over `NamedFact`: by its key.",
    }),
  },
  { examples: [examples.body, examples.named] },
)

const Credential = Type.Object(
  {
    classId: decimal('Of the fact.'),
    limit: decimal('How many tickets the note is good for.'),
    expiry: decimal('Unix seconds.'),
    r8x: decimal('The signature (EdDSA with Poseidon over the note), a point of BabyJubjub,'),
    r8y: decimal('its other coordinate,'),
    s: decimal('and a scalar.'),
  },
  { description: 'The note, with the signature of this issuer.' },
)
const hex = (bytes: number, description: string) => Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$`, description })
const certificate = {
  key: hex(64, 'Of secp256k1: x and y.'),
  eas: hex(20, 'The contract of EAS that attestations name; zeros where none are made.'),
  signature: hex(96, "The issuer's: R8.x, R8.y and S."),
}
const Claim = Type.Object(
  {
    form: Type.String({ description: '`eas` or `vc`.' }),
    epoch: Type.Integer(),
    block: Type.Object({ number: Type.String(), hash: Type.String() }, { description: 'By which it was judged.' }),
    salt: hex(32, 'Hides the account in the log.'),
    signature: hex(64, "The issuer's: R and S."),
    certificate: Type.Object(certificate, { description: "Of the issuer's key for claims in this epoch." }),
    document: Type.String({ description: 'As others read it: the JSON of an attestation, or a JWT.' }),
  },
  { description: 'The claim, where one was asked for.' },
)
const Issued = Type.Object(
  {
    id,
    status: Type.Literal('issued'),
    credential: Type.Optional(Credential),
    claim: Type.Optional(Claim),
  },
  { examples: [examples.issued] },
)
const Waiting = Type.Object(
  {
    id,
    status: Type.Literal('waiting'),
    progress: Type.Object({ done: Type.Integer(), of: Type.Integer() }, { description: 'How far it has come.' }),
  },
  { examples: [examples.waiting] },
)

const Entry = Type.Object({
  number: Type.Integer({ description: 'From 1.' }),
  alias: Type.String({ description: 'Hex. Stands for the account, another for each fact, epoch and form.' }),
  condition: Type.String(),
  epoch: Type.Integer(),
  block: Type.Object({ number: Type.String(), hash: Type.String() }, { description: 'By which it was judged.' }),
  commitment: Type.Optional(decimal('What was signed of a note: to the hashes of secret and person.')),
  r8x: Type.Optional(decimal('The signature.')),
  r8y: Type.Optional(decimal('Its other coordinate.')),
  s: Type.Optional(decimal('Its scalar.')),
  form: Type.Optional(Type.String({ description: 'Of a claim: `eas` or `vc`.' })),
  digest: Type.Optional(hex(32, 'What was signed of a claim.')),
  signature: Type.Optional(hex(64, 'R and S.')),
  certificate: Type.Optional(Type.Object({ network: hex(32, "The network's id."), ...certificate })),
  hash: Type.String({ description: 'Hex, of everything that was signed, up to this.' }),
})
const Log = Type.Object(
  {
    issuer: Type.Object({ x: Type.String(), y: Type.String() }, { description: 'The key, hex.' }),
    total: Type.String({ description: 'How many notes and claims were signed.' }),
    entries: Type.Array(Entry),
  },
  { examples: [examples.log] },
)

/** Entries of one answer. */
export const maxEntries = 1_000

const tags = ['facts']
const answers = { 200: Issued, 202: Waiting, '4xx': problemAnswer('Not attested', examples.refused) }
const at = <T extends TSchema>(schema: T) => Type.Object({ id: schema })

/** What the routes of facts take and answer. */
export const factSchemas = {
  ask: { tags, summary: 'Ask for a note of a fact, or for a claim by name', body: Body, response: answers },
  follow: {
    tags,
    summary: 'What became of a request; its progress as server-sent events for who accepts text/event-stream',
    params: at(Type.String({ ...id, examples: [examples.issued.id] })),
    response: answers,
  },
  log: {
    tags,
    summary: 'Everything that was signed, in a hash chain',
    querystring: Type.Object({
      after: Count('Only those with a greater number.', '0'),
      limit: Count(`How many at most, up to ${maxEntries}.`, '10'),
    }),
    response: { 200: Log },
  },
} as const
