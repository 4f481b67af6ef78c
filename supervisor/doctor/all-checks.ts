import type { Check } from './check.js';
import { clockCheck } from './checks/clock.js';
import { configurationCheck } from './checks/configuration.js';
import { databaseCheck } from './checks/database.js';
import { intentsCheck, loginsCheck, tokenCheck } from './checks/discord.js';
import { diskSpaceCheck } from './checks/disk-space.js';
import { embeddedDatabaseCheck } from './checks/embedded-database.js';
import { folderCheck } from './checks/folder.js';
import { httpPortCheck } from './checks/http-port.js';
import { logSizeCheck } from './checks/log-size.js';
import { memoryCheck } from './checks/memory.js';
import { nodeVersionCheck } from './checks/node-version.js';
import { openFilesCheck } from './checks/open-files.js';
import { stateFilesCheck } from './checks/state-files.js';
import { supervisorLockCheck } from './checks/supervisor-lock.js';
import { systemdCheck } from './checks/systemd.js';
import { workerLockCheck } from './checks/worker-lock.js';

/** In the order in which they are shown: what everything else rests on first, what takes longest last. */
export const allChecks: readonly Check[] = [
  nodeVersionCheck,
  configurationCheck,
  folderCheck('state folder', ({ stateDir }) => stateDir),
  folderCheck('log folder', ({ logDir }) => logDir),
  diskSpaceCheck,
  memoryCheck,
  openFilesCheck,
  httpPortCheck,
  logSizeCheck,
  stateFilesCheck,
  supervisorLockCheck,
  workerLockCheck,
  systemdCheck(),
  embeddedDatabaseCheck,
  databaseCheck,
  clockCheck,
  tokenCheck,
  intentsCheck,
  loginsCheck,
];
