/**
 * Takes the place of `node:crypto` in write-file-atomic when the supervisor is bundled (scripts/bundle.mjs). All that it wants is a
 * number for the name of a temporary file, other than that of its last one: for that 32 bits of FNV-1a are as good as SHA-1, and the
 * supervisor does without a module of almost a megabyte.
 */
export function createHash(): Hash {
  return new Hash();
}

class Hash {
  #sum = 0x811c9dc5;

  update(text: string): this {
    for (const byte of Buffer.from(text)) this.#sum = Math.imul(this.#sum ^ byte, 0x01000193);
    return this;
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(this.#sum);
    return bytes;
  }
}
