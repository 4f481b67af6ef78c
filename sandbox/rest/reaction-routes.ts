import { SANDBOX_IDS } from '../ids.js';
import type { ReactionEmoji } from '../world/reactions.js';
import { noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

/** `…/messages/:message/reactions/:emoji/:user`, where `@me` is the bot. */
export function reactionRoutes(app: RestApp, { world }: RestParts): void {
  const message = (c: RestContext) => world.messages.get(param(c, 'channel'), param(c, 'message'));
  const path = '/channels/:channel/messages/:message/reactions/:emoji/:user';

  app.put(path, (c) => {
    world.reactions.add(message(c), SANDBOX_IDS.bot, emojiOf(c));
    return noContent(c);
  });

  app.delete(path, (c) => {
    const user = param(c, 'user');
    world.reactions.remove(message(c), user === '@me' ? SANDBOX_IDS.bot : user, emojiOf(c));
    return noContent(c);
  });
}

/** `name:id` of a custom emoji, or the character itself. */
function emojiOf(c: RestContext): ReactionEmoji {
  const [name = '', id = null] = param(c, 'emoji').split(':');
  return { id, name };
}
