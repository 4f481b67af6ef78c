/** The ranks that `permission init` names. The three above them are for whatever a server makes of them. */
export const defaultRanks = [
  { rank: 0, name: 'Member' },
  { rank: 1, name: 'Trusted' },
  { rank: 2, name: 'Junior Moderator' },
  { rank: 3, name: 'Moderator' },
  { rank: 4, name: 'Senior Moderator' },
  { rank: 5, name: 'Administrator' },
  { rank: 6, name: 'Head Administrator' },
  { rank: 7, name: 'Server Owner' },
] as const;
