/**
 * The binary codec of the page, in place of that of @bufbuild/protobuf, which with its descriptors is half as large as the
 * rest of the page. It knows what the schema uses: compiled-schema.mjs refuses a schema that needs more, and codec.test.ts
 * compares it with the library for every message. Unlike the library it drops unknown fields, as no message that was read is
 * written again.
 */

/** google.protobuf.FieldDescriptorProto.Type. */
const DOUBLE = 1;
const INT64 = 3;
const BOOL = 8;
const STRING = 9;
const MESSAGE = 11;
const UINT32 = 13;

interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: number;
  /** Of MESSAGE. */
  readonly message: Schema;
  readonly isList: boolean;
  readonly isPacked: boolean;
  /** Absent unless it is set. */
  readonly isExplicit: boolean;
  readonly oneof: string | undefined;
}

/** What Connect and the session read of a descriptor. */
export interface Schema {
  readonly kind: "message";
  readonly typeName: string;
  readonly fields: () => readonly Field[];
}

type Message = Record<string, unknown>;
interface Chosen {
  readonly case: string | undefined;
  readonly value?: unknown;
}

/**
 * `text`: `NUMBER NAME TYPE` of each field, separated by commas. After TYPE, the index in `messages` follows for a message;
 * then `*` for a list that is packed, `+` for one that is not, `?` for a field that may be absent, `/NAME` for one of a
 * oneof. `messages` is called later, as messages refer to one another.
 */
export function message(typeName: string, text = "", messages: () => readonly Schema[] = () => []): Schema {
  let parsed: readonly Field[] | undefined;
  const fields = () => {
    parsed ??= text === "" ? [] : text.split(",").map((field) => parse(field, messages()));
    return parsed;
  };
  return { kind: "message", typeName, fields };
}

function parse(text: string, messages: readonly Schema[]): Field {
  const [, number, name = "", type, index, flag, oneof] =
    /^(\d+) (\w+) (\d+)(?::(\d+))?([*+?])?(?:\/(\w+))?$/.exec(text)!;
  return {
    number: Number(number),
    name,
    type: Number(type),
    message: messages[Number(index)]!,
    isList: flag === "*" || flag === "+",
    isPacked: flag === "*",
    isExplicit: flag === "?" || Number(type) === MESSAGE,
    oneof,
  };
}

/** `methods`: their names, with `*` for those that stream responses. `types`: request and response of each. */
export function service(typeName: string, methods: string, types: readonly Schema[]) {
  const made = { kind: "service", typeName, methods: [] as unknown[] };
  methods.split(" ").forEach((text, index) => {
    const name = text.replace("*", "");
    made.methods.push({
      kind: "rpc",
      name,
      localName: name[0]!.toLowerCase() + name.slice(1),
      parent: made,
      methodKind: text === name ? "unary" : "server_streaming",
      input: types[2 * index],
      output: types[2 * index + 1],
    });
  });
  return made;
}

export function create(schema: Schema, init: Message = {}): Message {
  if (init.$typeName === schema.typeName) return init;
  const made: Message = { $typeName: schema.typeName };
  for (const field of schema.fields()) {
    const { name, oneof, isList, isExplicit } = field;
    const converted = (value: unknown) =>
      field.type === MESSAGE ? create(field.message, value as Message) : value;
    const value = init[name];
    if (oneof !== undefined) {
      const chosen = init[oneof] as Chosen | undefined;
      if (chosen?.case === name) made[oneof] = { case: name, value: converted(chosen.value) };
      else made[oneof] ??= { case: undefined };
    } else if (isList) made[name] = ((value ?? []) as unknown[]).map(converted);
    else if (value != null) made[name] = converted(value);
    else if (!isExplicit) made[name] = zeroOf(field.type);
  }
  return made;
}

function zeroOf(type: number): unknown {
  if (type === STRING) return "";
  if (type === BOOL) return false;
  return type === INT64 ? 0n : 0;
}

/** As the library's, which does without BigInt where there is none. */
export const protoInt64 = { parse: (value: string | number | bigint) => BigInt(value) };

export function toBinary(schema: Schema, value: Message): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytesOf(schema, value));
}

/** Wire types. */
const VARINT = 0;
const BIT64 = 1;
const LENGTH = 2;
const BIT32 = 5;

const wireTypeOf = (type: number) =>
  type === DOUBLE ? BIT64 : type === STRING || type === MESSAGE ? LENGTH : VARINT;

function bytesOf(schema: Schema, value: Message): number[] {
  const out: number[] = [];
  for (const field of schema.fields().toSorted((a, b) => a.number - b.number)) {
    const { name, type, oneof, isList, isPacked, isExplicit } = field;
    const writeOne = (one: unknown) => {
      writeVarint(out, field.number * 8 + wireTypeOf(type));
      writeValue(out, field, one);
    };
    if (oneof !== undefined) {
      const chosen = value[oneof] as Chosen;
      if (chosen.case === name) writeOne(chosen.value);
    } else if (isPacked) {
      const packed: number[] = [];
      for (const one of value[name] as unknown[]) writeValue(packed, field, one);
      if (packed.length > 0) {
        writeVarint(out, field.number * 8 + LENGTH);
        writeBytes(out, packed);
      }
    } else if (isList) (value[name] as unknown[]).forEach(writeOne);
    else if (isExplicit ? value[name] !== undefined : !Object.is(value[name], zeroOf(type)))
      writeOne(value[name]);
  }
  return out;
}

function writeValue(out: number[], { type, message: schema }: Field, value: unknown): void {
  if (type === MESSAGE) writeBytes(out, bytesOf(schema, value as Message));
  else if (type === STRING) writeBytes(out, new TextEncoder().encode(value as string));
  else if (type === DOUBLE) {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setFloat64(0, value as number, true);
    out.push(...new Uint8Array(bytes.buffer));
  } else writeVarint(out, value as number | bigint | boolean);
}

function writeBytes(out: number[], bytes: Iterable<number> & { readonly length: number }): void {
  writeVarint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

/** Negative numbers take ten bytes. Throws a RangeError for what is no integer. */
function writeVarint(out: number[], value: number | bigint | boolean): void {
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
}

/** Throws if `bytes` are not a message, or end before it does. */
export function fromBinary(schema: Schema, bytes: Uint8Array): Message {
  const reader = new Reader(bytes);
  return readMessage(schema, reader, bytes.length, create(schema));
}

function readMessage(schema: Schema, reader: Reader, end: number, into: Message): Message {
  while (reader.at < end) {
    const tag = reader.varint();
    const field = schema.fields().find(({ number }) => number === tag >>> 3);
    if (field) readField(field, reader, tag & 7, into);
    else reader.skip(tag & 7);
  }
  return into;
}

function readField(field: Field, reader: Reader, wireType: number, into: Message): void {
  const { name, oneof, isList } = field;
  if (isList) {
    const list = into[name] as unknown[];
    if (wireType !== LENGTH || wireTypeOf(field.type) === LENGTH)
      list.push(readValue(field, reader, undefined));
    else for (const end = reader.end(); reader.at < end; ) list.push(readValue(field, reader, undefined));
  } else if (oneof === undefined) into[name] = readValue(field, reader, into[name]);
  else {
    const before = into[oneof] as Chosen;
    into[oneof] = {
      case: name,
      value: readValue(field, reader, before.case === name ? before.value : undefined),
    };
  }
}

/** `before`: a message that is read in parts is merged. */
function readValue({ type, message: schema }: Field, reader: Reader, before: unknown): unknown {
  switch (type) {
    case MESSAGE:
      return readMessage(schema, reader, reader.end(), (before as Message | undefined) ?? create(schema));
    case STRING:
      return reader.string();
    case DOUBLE:
      return reader.double();
    case BOOL:
      return reader.varint() !== 0;
    case UINT32:
      return reader.varint() >>> 0;
    case INT64:
      return BigInt.asIntN(64, reader.bigVarint());
    // INT32, and enums, which are open: a number without a name is kept.
    default:
      return Number(BigInt.asIntN(32, reader.bigVarint()));
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Exact up to 2^53. */
  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = this.#take(1)[0]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  bigVarint(): bigint {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  /** Reads a length; returns where what has it ends. */
  end(): number {
    const end = this.varint() + this.at;
    if (end > this.#bytes.length) throw new RangeError("premature end of a message");
    return end;
  }

  string(): string {
    const end = this.end();
    return utf8.decode(this.#take(end - this.at));
  }

  double(): number {
    const { buffer, byteOffset } = this.#take(8);
    return new DataView(buffer, byteOffset).getFloat64(0, true);
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.at = this.end();
    else if (wireType === BIT64 || wireType === BIT32) this.#take(wireType === BIT64 ? 8 : 4);
    else throw new RangeError(`wire type ${wireType} is not read`);
  }

  #take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.#bytes.length) throw new RangeError("premature end of a message");
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
