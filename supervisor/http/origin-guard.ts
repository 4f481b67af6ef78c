import type { IncomingHttpHeaders } from 'node:http';

/** Whether what listens at `host` can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Whether a request is meant for us. A page of somebody else can have its own name point to 127.0.0.1 and then read what is
 * here as if it were its own (DNS rebinding); its requests carry that name. Who listens beyond this machine has names that nobody
 * can know here, and asks for the token instead.
 *
 * @param hostHeader `Host`, with or without a port.
 * @param listensAt TUX_HTTP_HOST.
 */
export function isOurHost(hostHeader: string | undefined, listensAt: string): boolean {
  if (!isLoopback(listensAt)) return true;
  const name = nameOf(`http://${hostHeader ?? ''}`);
  return name !== undefined && isLoopback(name);
}

/**
 * Whether a browser sent this for another site than ours. Browsers say so themselves; older ones name at least where the
 * request comes from; whatever says nothing is no browser and carries no cookie of one.
 */
export function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  return origin !== undefined && hostOf(origin) !== headers.host?.toLowerCase();
}

function nameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
