import { clickRequestSchema, sayRequestSchema } from '../../shared/control/page-api.js';
import { jsonAnswer } from './answer.js';
import type { Route } from './route.js';
import type { SandboxChat } from './sandbox-chat.js';

const accepted = { accepted: true };

/**
 * A chat with Tux in the local Discord. It takes no token on this machine, as little as the sandbox itself does: nothing that is
 * said there leaves it.
 */
export function sandboxRoutes(chat: SandboxChat): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/sandbox/messages',
      needs: 'sight',
      handle: async ({ query }) => jsonAnswer(await chat.messages(query.get('channel') ?? 'general')),
    },
    {
      method: 'POST',
      path: '/api/sandbox/say',
      needs: 'sight',
      handle: async ({ read }) => {
        await chat.say(await read(sayRequestSchema));
        return jsonAnswer(accepted);
      },
    },
    {
      method: 'POST',
      path: '/api/sandbox/click',
      needs: 'sight',
      handle: async ({ read }) => {
        await chat.click(await read(clickRequestSchema));
        return jsonAnswer(accepted);
      },
    },
  ];
}
