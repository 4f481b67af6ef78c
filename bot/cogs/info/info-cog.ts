import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { aboutCommand, uptimeCommand } from './about.js';
import { helpCommand, helpMenu, helpPage } from './help.js';
import { pingCommand } from './ping.js';

/** What Tux is and how it is doing. */
export const infoCog = defineCog({
  name: 'info',
  priority: COG_PRIORITIES.info,
  commands: [pingCommand, helpCommand, aboutCommand, uptimeCommand],
  components: { help: helpPage, 'help-menu': helpMenu },
});
