import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { deleteCommand, editCommand } from './change.js';
import { aliasCommand, createCommand } from './create.js';
import { infoCommand, listButton, listCommand } from './list.js';
import { showCommand } from './show.js';

/** Texts that members call up by name. */
export const snippetsCog = defineCog({
  name: 'snippets',
  priority: COG_PRIORITIES.snippets,
  commands: [
    defineCommandGroup({
      name: 'snippet',
      description: 'Texts that can be called up by name.',
      aliases: ['s', 'snippets'],
      commands: [showCommand, listCommand, infoCommand, createCommand, aliasCommand, editCommand, deleteCommand],
      defaultCommand: 'show',
    }),
  ],
  components: { list: listButton },
});
