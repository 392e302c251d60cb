// Texts of one's own page.
export const profile = {
  'nav.profile': 'My profile',
  'profile.title': 'My profile',
  'profile.permissions': 'My permissions',
  'profile.console': 'This console',
  'profile.consoleHint': 'Kept in this browser only.',
  'profile.password': 'My password',
  'profile.passwordHint': 'All other sessions of yours end; this one goes on.',
  'profile.passwordDone': 'The password is changed.',
  'profile.factorOn': 'On: signing in asks for a code, too.',
  'profile.factorOff': 'Off. With a second factor, a stolen password is not enough to sign in as you.',
  'profile.factorLost': 'If you lose the authenticator, whoever administers users can take it away, and you set up a new one. Nobody turns it off for themselves: a thief of this session would.',
  'profile.factorSetUp': 'Set up',
  'profile.factorScan': 'Scan this with an authenticator app, then enter the code that it shows. The picture was drawn in this browser and is sent nowhere.',
};
