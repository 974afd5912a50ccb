import type { DescEnum, DescField, DescMessage, Message } from '@bufbuild/protobuf'
import type { GenEnum, GenMessage } from '@bufbuild/protobuf/codegenv2'

// What the messages of `proto/` are made of, in the forms that `@bufbuild/protobuf` reads. Its own way carries a description of
// descriptions, and a registry for it: more than half of its weight, for data that the generator can write down as it is.

/** Numbers of types, as protobuf has them. */
const scalars = { int64: 3, uint64: 4, int32: 5, fixed64: 6, fixed32: 7, bool: 8, string: 9, bytes: 12, uint32: 13 }

const [explicit, implicit] = [1, 2]
const proto3 = 999

type Reference = DescMessage | DescEnum

/**
 * Describes a message of proto3.
 *
 * @param text Its fields in their order, by commas: `number type name`, with `repeated`, `optional` or `map` before the type, and
 * ` in group` behind the name in a oneof. The type is a scalar's, or a place in `references`.
 * @param references Messages and enums that its fields are of; asked for once all of them are there.
 */
export function describeMessage<T extends Message>(
  typeName: string,
  text: string,
  references: () => readonly unknown[] = () => [],
): GenMessage<T> {
  let made: Members | undefined
  const members = () => {
    made ??= readMembers(message, text, references() as readonly Reference[])
    return made
  }
  const message = {
    kind: 'message',
    typeName,
    name: typeName.slice(typeName.lastIndexOf('.') + 1),
    file: { edition: proto3 },
    get fields() {
      return members().fields
    },
    get members() {
      return members().all
    },
    get oneofs() {
      return members().oneofs
    },
    get field() {
      return Object.fromEntries(members().fields.map((field) => [field.localName, field]))
    },
    toString: () => `message ${typeName}`,
  }
  return message as unknown as GenMessage<T>
}

/** Describes an enum of proto3: its values by commas, each `number name`. */
export function describeEnum<T extends number>(typeName: string, text: string): GenEnum<T> {
  const values = text.split(', ').map((one) => {
    const [number, name = ''] = one.split(' ')
    return { kind: 'enum_value', name, jsonName: name, number: Number(number) }
  })
  const value = Object.fromEntries(values.map((one) => [one.number, one]))
  return {
    kind: 'enum',
    typeName,
    open: true,
    values,
    value,
    toString: () => `enum ${typeName}`,
  } as unknown as GenEnum<T>
}

type Parent = { readonly typeName: string }
type Oneof = { kind: 'oneof'; name: string; localName: string; parent: unknown; fields: DescField[] }
type Members = { readonly fields: DescField[]; readonly oneofs: Oneof[]; readonly all: (DescField | Oneof)[] }

function readMembers(parent: Parent, text: string, references: readonly Reference[]): Members {
  const members: Members = { fields: [], oneofs: [], all: [] }
  for (const one of text === '' ? [] : text.split(', ')) {
    const [, number, label, type = '', name = '', group] =
      /^(\d+) (?:(\w+) )?(\w+) (\w+)(?: in (\w+))?$/.exec(one) ?? []
    const oneof = group === undefined ? undefined : oneofOf(members, parent, group)
    const field = {
      ...{ kind: 'field', parent, oneof, name, localName: camelCase(name), jsonName: camelCase(name) },
      ...{ number: Number(number), utf8Validation: true, longAsString: false, getDefaultValue: () => undefined },
      ...kindOf(label, type, references[Number(type)]),
      ...((label === 'optional' || oneof) && { presence: explicit }),
      toString: () => `field ${parent.typeName}.${name}`,
    } as unknown as DescField
    members.fields.push(field)
    ;(oneof?.fields ?? members.all).push(field)
  }
  return members
}

function oneofOf({ oneofs, all }: Members, parent: unknown, name: string): Oneof {
  const known = oneofs.find((oneof) => oneof.name === name)
  if (known) return known
  const oneof: Oneof = { kind: 'oneof', name, localName: camelCase(name), parent, fields: [] }
  oneofs.push(oneof)
  all.push(oneof)
  return oneof
}

/** What kind of field it is, and whether it tells being left out from being empty. Of maps, those from texts to texts are all there are. */
function kindOf(label: string | undefined, type: string, of: Reference | undefined) {
  const { string, bytes } = scalars
  if (label === 'map')
    return { fieldKind: 'map', mapKind: 'scalar', mapKey: string, scalar: string, presence: implicit }
  const kind = of?.kind ?? 'scalar'
  const scalar = of ? undefined : scalars[type as keyof typeof scalars]
  const typed = { scalar, [kind]: of ?? scalar, delimitedEncoding: false }
  if (label !== 'repeated') return { fieldKind: kind, ...typed, presence: kind === 'message' ? explicit : implicit }
  const packed = kind !== 'message' && scalar !== string && scalar !== bytes
  return { fieldKind: 'list', listKind: kind, packed, ...typed, presence: implicit }
}

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
