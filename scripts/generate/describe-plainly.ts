import { posix } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'

const root = 'sdk/generated/proto'

/**
 * Writes descriptions of messages down as what `sdk/describe-message.ts` reads, in files that protoc-gen-es has made: there they are
 * encoded descriptors, which take a registry to be read.
 *
 * @param files Path from the root → content.
 */
export function describePlainly(files: ReadonlyMap<string, string>): Map<string, string> {
  const read = [...files].map(([path, content]) => ({ path, content, proto: readProto(content) }))
  const homes = new Map(read.flatMap(({ path, proto }) => [...namesOf(proto)].map((name) => [name, path] as const)))
  return new Map(read.map((file) => [file.path, rewrite(file, homes)]))
}

function readProto(content: string): FileDescriptorProto {
  const [, encoded] = /fileDesc\("([^"]+)"/.exec(content) ?? []
  if (!encoded) throw new Error('protoc-gen-es has made something that this does not know.')
  const proto = fromBinary(FileDescriptorProtoSchema, Buffer.from(encoded, 'base64'))
  if (proto.syntax !== 'proto3') throw new Error(`${proto.name} is not in proto3.`)
  return proto
}

type Home = { readonly package: string; readonly nestedType: readonly DescriptorProto[] }

const nested = ({ package: name, messageType }: FileDescriptorProto): Home => ({
  package: name,
  nestedType: messageType,
})

/** Full names of all messages and enums in a file. */
function* namesOf(proto: FileDescriptorProto): Generator<string> {
  for (const { name } of proto.enumType) yield `${proto.package}.${name}`
  yield* namesIn(nested(proto))
}

function* namesIn({ package: prefix, nestedType }: Home): Generator<string> {
  for (const message of nestedType) {
    const name = `${prefix}.${message.name}`
    yield name
    for (const { name: inner } of message.enumType) yield `${name}.${inner}`
    yield* namesIn({ package: name, nestedType: message.nestedType })
  }
}

type File = { readonly path: string; readonly content: string; readonly proto: FileDescriptorProto }

function rewrite({ path, content, proto }: File, homes: ReadonlyMap<string, string>): string {
  const used = new Map<string, Set<string>>()
  const schemaOf = (typeName: string) => {
    const home = homes.get(typeName) ?? ''
    const schema = `${typeName.slice(`${packageOf(home)}.`.length).replaceAll('.', '_')}Schema`
    if (home !== path) used.set(home, (used.get(home) ?? new Set()).add(schema))
    return schema
  }
  const packageOf = (home: string) => home.slice(root.length + 1, home.lastIndexOf('/')).replaceAll('/', '.')
  const described = content
    .replace(/\/\*\*\n \* Describes the file [\s\S]*?;\n\n/, '')
    .replace(/\bmessageDesc\(file_\w+, ([\d, ]+)\)/g, (_, at: string) => describeMessage(proto, at, schemaOf))
    .replace(/\benumDesc\(file_\w+, (\d+)\)/g, (_, at: string) => describeEnum(proto, Number(at)))
    .replace(/^import \{ file_.*\n/gm, '')
    .replace(/, GenFile|GenFile, /, '')
  const here = posix.dirname(path)
  const describers = /describeEnum/.test(described) ? 'describeEnum, describeMessage' : 'describeMessage'
  const imports = [
    `import { ${describers} } from "${posix.relative(here, 'sdk/describe-message.ts')}";\n`,
    ...[...used].sort().map(([home, schemas]) => {
      const from = posix.relative(here, home)
      return `import { ${[...schemas].sort().join(', ')} } from "${from.startsWith('.') ? from : `./${from}`}";\n`
    }),
  ]
  return described.replace(/^import \{ .*codegenv2";\n/m, imports.join(''))
}

function describeMessage(proto: FileDescriptorProto, at: string, schemaOf: (typeName: string) => string): string {
  const [first, ...inner] = at.split(',').map(Number)
  let message = only(proto.messageType, first)
  let typeName = `${proto.package}.${message.name}`
  for (const index of inner) {
    message = only(message.nestedType, index)
    typeName += `.${message.name}`
  }
  const references: string[] = []
  const referTo = (name: string) => {
    const schema = schemaOf(name)
    if (!references.includes(schema)) references.push(schema)
    return `${references.indexOf(schema)}`
  }
  const fields = message.field.map((field) => describeField(message, field, referTo)).join(', ')
  const referring = references.length > 0 ? `, () => [${references.join(', ')}]` : ''
  return `describeMessage("${typeName}", "${fields}"${referring})`
}

function describeEnum({ package: prefix, enumType }: FileDescriptorProto, index: number): string {
  const { name, value } = only(enumType, index)
  return `describeEnum("${prefix}.${name}", "${value.map((one) => `${one.number} ${one.name}`).join(', ')}")`
}

function only<T>(list: readonly T[], index = 0): T {
  const one = list[index]
  if (!one) throw new Error(`There is nothing at ${index}.`)
  return one
}

const known = new Set(['int64', 'uint64', 'int32', 'fixed64', 'fixed32', 'bool', 'string', 'bytes', 'uint32'])

function describeField(
  message: DescriptorProto,
  field: FieldDescriptorProto,
  referTo: (name: string) => string,
): string {
  const { name, number } = field
  if (isMap(message, field)) return `${number} map string ${name}`
  const scalar = FieldDescriptorProto_Type[field.type].toLowerCase()
  if (!field.typeName && !known.has(scalar)) throw new Error(`${name} is of a type that is not described: ${scalar}.`)
  const type = field.typeName ? referTo(field.typeName.slice(1)) : scalar
  return `${number} ${labelOf(field)}${type} ${name}${groupOf(message, field)}`
}

function isMap({ name, nestedType }: DescriptorProto, field: FieldDescriptorProto): boolean {
  const isEntry = (one: DescriptorProto) => one.options?.mapEntry && field.typeName.endsWith(`.${name}.${one.name}`)
  const entry = nestedType.find(isEntry)
  const isOfTexts = entry?.field.every(({ type }) => type === FieldDescriptorProto_Type.STRING)
  if (isOfTexts === false) throw new Error(`${field.name} is no map from texts to texts.`)
  return entry !== undefined
}

function labelOf({ label, proto3Optional }: FieldDescriptorProto): string {
  if (label === FieldDescriptorProto_Label.REPEATED) return 'repeated '
  return proto3Optional ? 'optional ' : ''
}

/** An optional field is in a oneof of its own, which is nobody's business. */
function groupOf({ oneofDecl }: DescriptorProto, field: FieldDescriptorProto): string {
  const isInGroup = Object.hasOwn(field, 'oneofIndex') && !field.proto3Optional
  return isInGroup ? ` in ${oneofDecl[field.oneofIndex]?.name}` : ''
}
