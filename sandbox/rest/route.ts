/**
 * Method and path with ids and tokens replaced: `POST /channels/:id/messages`. Written as discord.js names its rate-limit
 * routes, so that logs of both sides can be compared.
 */
export function routeOf(method: string, path: string): string {
  const route = path
    .replace(/^\/interactions\/[^/]+\/[^/]+\/callback$/, '/interactions/:id/:token/callback')
    .replace(/^\/webhooks\/\d{17,20}\/[^/]+/, '/webhooks/:id/:token')
    .replace(/\/reactions\/.*/, '/reactions/:reaction')
    .replace(/\d{17,20}/g, ':id');
  return `${method} ${route}`;
}

/** What shares a rate limit: the route, and the channel, guild, webhook or interaction it is about. */
export function bucketKey(route: string, path: string): string {
  const major = /^\/(?:channels|guilds|interactions)\/(\d{17,20})|^\/webhooks\/(\d{17,20}\/[^/]+)/.exec(path);
  return `${route} ${major?.[1] ?? major?.[2] ?? 'global'}`;
}
