import { z } from 'zod';
import { unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { emojiPayload } from '../world/payloads.js';
import { bodyOf, noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

const name = z.string().regex(/^\w{2,32}$/, 'Must be between 2 and 32 in length.');
const newEmojiSchema = z.looseObject({ name, image: z.string().regex(/^data:image\//, 'Invalid image data') });

/** `/applications/:application/emojis`. */
export function emojiRoutes(app: RestApp, { world }: RestParts): void {
  const emojis = (c: RestContext) => {
    if (param(c, 'application') !== SANDBOX_IDS.application) throw unknown.application();
    return world.emojis;
  };
  const path = '/applications/:application/emojis';

  app.get(path, (c) => c.json({ items: emojis(c).list().map(emojiPayload) } as object));

  app.post(path, (c) => {
    const { name, image } = bodyOf(c, newEmojiSchema);
    return c.json(emojiPayload(emojis(c).create(name, image.startsWith('data:image/gif'))) as object, 201);
  });

  app.get(`${path}/:emoji`, (c) => c.json(emojiPayload(emojis(c).get(param(c, 'emoji'))) as object));

  app.patch(`${path}/:emoji`, (c) => {
    const { name: newName } = bodyOf(c, z.looseObject({ name }));
    return c.json(emojiPayload(emojis(c).rename(param(c, 'emoji'), newName)) as object);
  });

  app.delete(`${path}/:emoji`, (c) => {
    emojis(c).delete(param(c, 'emoji'));
    return noContent(c);
  });
}
