import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
const LINE_BREAK = 10;

/** The lines in the first `end` bytes of a file, the last one first; empty ones are left out. */
export async function* linesBackward(file: FileHandle, end: number): AsyncGenerator<string> {
  /** What is known of the line whose beginning is not, from its end to its beginning. */
  let pieces: Buffer[] = [];
  const take = (beginning: Buffer) => {
    const line = Buffer.concat([beginning, ...pieces.reverse()]).toString();
    pieces = [];
    return line;
  };
  for (let position = end; position > 0; ) {
    const length = Math.min(CHUNK_BYTES, position);
    position -= length;
    const chunk = await readAt(file, position, length);
    let stop = chunk.length;
    for (
      let at = chunk.lastIndexOf(LINE_BREAK);
      at !== -1;
      at = at === 0 ? -1 : chunk.lastIndexOf(LINE_BREAK, at - 1)
    ) {
      const line = take(chunk.subarray(at + 1, stop));
      stop = at;
      if (line !== '') yield line;
    }
    pieces.push(chunk.subarray(0, stop));
  }
  const first = take(Buffer.alloc(0));
  if (first !== '') yield first;
}

/** Takes bytes as they come and gives whole lines; empty ones are left out. */
export class LineSplitter {
  #rest = Buffer.alloc(0);

  /** The lines that `bytes` end. */
  take(bytes: Buffer): string[] {
    const end = bytes.lastIndexOf(LINE_BREAK);
    if (end === -1) {
      this.#rest = Buffer.concat([this.#rest, bytes]);
      return [];
    }
    const whole = Buffer.concat([this.#rest, bytes.subarray(0, end)]).toString();
    this.#rest = Buffer.from(bytes.subarray(end + 1));
    return whole.split('\n').filter(Boolean);
  }

  /** The last line, if it has no end; no more of it will come. */
  finish(): string[] {
    const line = this.#rest.toString();
    this.#rest = Buffer.alloc(0);
    return line === '' ? [] : [line];
  }
}

/** The bytes of a file from `from` on, up to `end` or what is its end when it is reached. */
export async function* bytesForward(
  file: FileHandle,
  from: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  for (let position = from; position < end; ) {
    const chunk = await readAt(file, position, Math.min(CHUNK_BYTES, end - position));
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
