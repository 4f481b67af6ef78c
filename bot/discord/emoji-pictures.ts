import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { TuxError } from '../../shared/errors.js';

/** A picture that becomes an emoji. */
export interface EmojiPicture {
  readonly name: string;
  readonly path: string;
}

const PICTURES = new Set(['.png', '.gif', '.jpg', '.jpeg', '.webp']);
/** Discord's rule for the names of emojis. */
const NAME = /^\w{2,32}$/;

/**
 * The pictures of a folder, by name; other files are left out. No folder: no pictures.
 *
 * @throws TuxError TUX_EMOJI_NAME for a picture whose name Discord would refuse.
 */
export async function readEmojiPictures(folder: string): Promise<EmojiPicture[]> {
  const files = await readdir(folder).catch(() => []);
  const pictures = files
    .map((file) => ({ ...parse(file), path: join(folder, file) }))
    .filter(({ ext }) => PICTURES.has(ext.toLowerCase()))
    .map(({ name, path }) => ({ name, path }));
  const misnamed = pictures.find(({ name }) => !NAME.test(name));
  if (misnamed) {
    throw new TuxError('TUX_EMOJI_NAME', `${misnamed.path} cannot become an emoji: its name does not fit`, {
      hint: 'use 2 to 32 letters, digits and underscores',
    });
  }
  return pictures.sort((a, b) => (a.name < b.name ? -1 : 1));
}
