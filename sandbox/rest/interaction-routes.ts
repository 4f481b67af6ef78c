import { z } from 'zod';
import { unknown } from '../discord-error.js';
import { SANDBOX_IDS } from '../ids.js';
import { Responder } from '../interactions/responder.js';
import { messagePayload } from '../world/message-payload.js';
import { isEphemeral, isLoading } from '../world/messages.js';
import type { MessageRecord } from '../world/records.js';
import { messageBodySchema } from './message-body.js';
import { bodyOf, noContent, param, type RestApp, type RestContext, type RestParts } from './rest-context.js';

/** 4 reply, 5 defer, 6 and 7 component, 8 autocompletion, 9 modal. */
const callbackSchema = z.looseObject({ type: z.number().int().min(4).max(9), data: z.unknown().optional() });

/** Answers to interactions: the callback, and the webhook for what follows. Their token is the interaction's. */
export function interactionRoutes(app: RestApp, { world, interactions }: RestParts): void {
  const responder = new Responder(world);
  const sendMessage = (c: RestContext, message: MessageRecord) => c.json(messagePayload(world, message) as object);
  const interactionOf = (c: RestContext) => {
    if (param(c, 'application') !== SANDBOX_IDS.application) throw unknown.webhook();
    return interactions.byWebhookToken(param(c, 'token'));
  };

  app.post('/interactions/:interaction/:token/callback', (c) => {
    const { type, data } = bodyOf(c, callbackSchema);
    const interaction = interactions.acknowledge(param(c, 'interaction'), param(c, 'token'), type);
    const message = responder.respond(interaction, type, data);
    if (c.req.query('with_response') !== 'true') return noContent(c);
    return c.json({
      interaction: {
        id: interaction.id,
        type: interaction.type,
        ...(message && {
          response_message_id: message.id,
          response_message_loading: isLoading(message),
          response_message_ephemeral: isEphemeral(message),
        }),
      },
      resource: { type, ...(message && { message: messagePayload(world, message) }) },
    } as object);
  });

  app.post('/webhooks/:application/:token', (c) =>
    sendMessage(c, responder.followUp(interactionOf(c), bodyOf(c, messageBodySchema))),
  );

  app.get('/webhooks/:application/:token/messages/:message', (c) =>
    sendMessage(c, responder.message(interactionOf(c), param(c, 'message'))),
  );

  app.patch('/webhooks/:application/:token/messages/:message', (c) =>
    sendMessage(c, responder.edit(interactionOf(c), param(c, 'message'), bodyOf(c, messageBodySchema))),
  );

  app.delete('/webhooks/:application/:token/messages/:message', (c) => {
    world.messages.delete(responder.message(interactionOf(c), param(c, 'message')));
    return noContent(c);
  });
}
