import { execFile } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { beforeAll, describe, expect, test } from 'vitest'

const generated = join(import.meta.dirname, '../../sdk/generated/proto')

/** All that the library reads of a field when it encodes, decodes and makes JSON. */
const readOf = (field: DescField) => ({
  text: field.toString(),
  kind: field.kind,
  fieldKind: field.fieldKind,
  name: field.name,
  localName: field.localName,
  jsonName: field.jsonName,
  number: field.number,
  parent: field.parent.typeName,
  oneof: field.oneof?.name,
  presence: field.presence,
  scalar: field.scalar,
  message: field.message?.typeName,
  enum: field.enum?.typeName,
  ...(field.fieldKind === 'map' && { mapKind: field.mapKind, mapKey: field.mapKey }),
  ...(field.fieldKind === 'list' && { listKind: field.listKind, packed: field.packed }),
  utf8: (field as unknown as { utf8Validation: boolean }).utf8Validation,
  isDelimited: 'delimitedEncoding' in field && field.delimitedEncoding === true,
  isText: 'longAsString' in field && field.longAsString === true,
  ...('getDefaultValue' in field && { default: field.getDefaultValue?.() }),
})

const readOfMessage = (message: DescMessage) => ({
  text: message.toString(),
  name: message.name,
  typeName: message.typeName,
  edition: message.file.edition,
  fields: message.fields.map(readOf),
  byName: Object.entries(message.field).map(([name, { number }]) => [name, number]),
  oneofs: message.oneofs.map(({ kind, name, localName, fields }) => [kind, name, localName, fields.map(readOf)]),
  members: message.members.map((member) => [member.kind, member.localName]),
})

const readOfEnum = (one: DescEnum) => ({
  typeName: one.typeName,
  open: one.open,
  text: one.toString(),
  values: one.values.map(({ name, number, jsonName }) => [name, number, jsonName]),
  byNumber: Object.entries(one.value).map(([number, { name }]) => [number, name]),
})

describe('what the messages are made of', () => {
  let registry: FileRegistry
  const described: (DescMessage | DescEnum)[] = []

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)('buf', ['build', '--output', '-'], { encoding: 'buffer' })
    registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout))
    for await (const file of glob('**/*_pb.ts', { cwd: generated }))
      for (const [name, value] of Object.entries(await import(join(generated, file))))
        if (name.endsWith('Schema')) described.push(value as DescMessage | DescEnum)
  })

  test('is all there', () => {
    const all = [...registry].flatMap((one) => (one.kind === 'message' || one.kind === 'enum' ? [one.typeName] : []))
    expect(all.length).toBeGreaterThan(80)
    expect(described.map(({ typeName }) => typeName).sort()).toEqual(all.sort())
  })

  test('is what the library itself reads in the sources', () => {
    for (const one of described) {
      if (one.kind === 'enum') expect(readOfEnum(one)).toEqual(readOfEnum(registry.getEnum(one.typeName)!))
      else expect(readOfMessage(one)).toEqual(readOfMessage(registry.getMessage(one.typeName)!))
    }
  })
})
