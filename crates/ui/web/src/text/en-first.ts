// English texts that are there before anybody has signed in: of signing in, and of the frame and the components around it.
// What every visitor waits for; the texts of all other areas come with the frame (`learn` in lib/i18n).
import { common } from './en/common';
import { profile } from './en/profile';
import { shell } from './en/shell';
import { signIn } from './en/sign-in';

export const first = {
  ...common,
  ...profile,
  ...shell,
  ...signIn,
};
