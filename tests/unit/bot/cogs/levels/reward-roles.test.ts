import { describe, expect, it } from 'vitest';
import { roleObstacle } from '../../../../../bot/cogs/levels/reward-roles.js';

describe('the obstacles to giving a role', () => {
  const fine = { isEveryone: false, isManaged: false, canManageRoles: true, isBelowOurs: true };

  it.each([
    ['nothing', {}, null],
    ['@everyone', { isEveryone: true }, /everybody has it/],
    ["an integration's role", { isManaged: true }, /integration/],
    ['a missing permission', { canManageRoles: false }, /Manage Roles/],
    ['a role above ours', { isBelowOurs: false }, /not below my highest role/],
    ['first what nobody can change', { isManaged: true, isBelowOurs: false }, /integration/],
  ])('%s', (_what, facts, text) => {
    const obstacle = roleObstacle({ ...fine, ...facts });
    if (text === null) expect(obstacle).toBeNull();
    else expect(obstacle).toMatch(text);
  });
});
