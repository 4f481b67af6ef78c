import { z } from 'zod';

/** One compiled Tux on disk. */
export const buildSchema = z.object({
  /** The folder with its package.json. */
  root: z.string(),
  version: z.string(),
  /** Tells one build from another, in the same folder too. */
  fingerprint: z.string(),
});
export type Build = z.infer<typeof buildSchema>;

/** `0.2.0 (3f9ac1d2) in /opt/tux/app`, for people. */
export function describeBuild({ root, version, fingerprint }: Build): string {
  return `${version} (${fingerprint.slice(0, 8)}) in ${root}`;
}
