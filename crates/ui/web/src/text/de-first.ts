// German texts that are there before anybody has signed in.
import type { first as english } from './en-first';
import { common } from './de/common';
import { profile } from './de/profile';
import { shell } from './de/shell';
import { signIn } from './de/sign-in';

export const first: Record<keyof typeof english, string> = {
  ...common,
  ...profile,
  ...shell,
  ...signIn,
};
