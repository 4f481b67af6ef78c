/** The sandbox as a library: what tests and the command line use. */
export { SANDBOX_IDS, SANDBOX_TOKEN } from './ids.js';
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.js';
export { addGuilds } from './world/populate.js';
