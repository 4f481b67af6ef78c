/** The sandbox as a library: what tests and the command line use. */
export { SANDBOX_IDS, SANDBOX_TOKEN, type SandboxUserName } from './ids.js';
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.js';
