import type { z } from 'zod';
import { continuitySchema } from '../ipc-protocol.js';

/** How a run came by its gateway session, for `status`, the history and the page. */
export const gatewaySessionSchema = continuitySchema.omit({ type: true });
export type GatewaySession = z.infer<typeof gatewaySessionSchema>;
