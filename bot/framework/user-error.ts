import { TuxError, type TuxErrorOptions } from '../../shared/errors.js';

/**
 * An error whose message and hint are written for the person who used the command, and are shown to them. Of any other
 * error they only learn an id.
 */
export class UserError extends TuxError {
  constructor(code: string, message: string, options: TuxErrorOptions = {}) {
    super(code, message, options);
    this.name = 'UserError';
  }
}
