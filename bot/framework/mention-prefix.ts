/** How many characters at the start of `content` mention the bot, white space after them included; 0 for none. */
export function mentionPrefixLength(content: string, botUserId: string): number {
  for (const mention of [`<@${botUserId}>`, `<@!${botUserId}>`]) {
    if (content.startsWith(mention))
      return mention.length + (/^\s*/.exec(content.slice(mention.length))?.[0].length ?? 0);
  }
  return 0;
}
