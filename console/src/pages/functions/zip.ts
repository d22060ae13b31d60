// Reads and writes the zip of a function's code: what the code editor shows.

export interface Entry {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** external attributes, which hold the mode of the file */
  attributes: number;
}

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const regular = (0o100644 << 16) >>> 0;

/** newEntry is a plain file. */
export function newEntry(name: string, text: string): Entry {
  return { name, bytes: new TextEncoder().encode(text), attributes: regular };
}

export async function unzip(zip: Uint8Array<ArrayBuffer>): Promise<Entry[]> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let end = zip.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== endSignature) end--;
  if (end < 0) throw new Error("The code package is not a zip file.");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== centralSignature) throw new Error("The zip file's directory is damaged.");
    const method = view.getUint16(at + 10, true);
    const packed = view.getUint32(at + 20, true);
    const nameLength = view.getUint16(at + 28, true);
    const skip = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    const attributes = view.getUint32(at + 38, true);
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    at += 46 + nameLength + skip;
    if (name.endsWith("/")) continue;
    const data = zip.slice(start, start + packed);
    if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that cannot be read here.`);
    entries.push({ name, bytes: method === 0 ? data : await through(data, new DecompressionStream("deflate-raw")), attributes });
  }
  return entries;
}

export async function zip(entries: Entry[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const e of entries) {
    const name = new TextEncoder().encode(e.name);
    const data = await through(e.bytes, new CompressionStream("deflate-raw"));
    const common = (view: DataView, at: number) => {
      view.setUint16(at, 20, true); // version
      view.setUint16(at + 2, 0x800, true); // names are UTF-8
      view.setUint16(at + 4, 8, true); // deflate
      view.setUint16(at + 6, 0, true);
      view.setUint16(at + 8, 0x21, true); // 1980-01-01, so that the same code makes the same zip
      view.setUint32(at + 10, crc32(e.bytes), true);
      view.setUint32(at + 14, data.length, true);
      view.setUint32(at + 18, e.bytes.length, true);
      view.setUint16(at + 22, name.length, true);
    };
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, localSignature, true);
    common(local, 4);
    const central = new DataView(new ArrayBuffer(46));
    central.setUint32(0, centralSignature, true);
    central.setUint16(4, 0x314, true); // made on Unix
    common(central, 6);
    central.setUint32(38, e.attributes, true);
    central.setUint32(42, offset, true);
    parts.push(new Uint8Array(local.buffer), name, data);
    directory.push(new Uint8Array(central.buffer), name);
    offset += 30 + name.length + data.length;
  }
  const size = directory.reduce((n, p) => n + p.length, 0);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, endSignature, true);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(12, size, true);
  end.setUint32(16, offset, true);
  return join([...parts, ...directory, new Uint8Array(end.buffer)]);
}

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const b of bytes) c = (table[(c ^ b) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** isText tells whether an editor can show the bytes. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.length > 1 << 20 || bytes.subarray(0, 8000).includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
