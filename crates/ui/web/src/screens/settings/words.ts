// Values of settings as people read them.
import { duration, number } from '../../lib/format';
import { has, t } from '../../lib/i18n.svelte';
import type { Setting } from './options';

/** A value; or, as `range`, which values there may be. */
export function shown(setting: Setting, value: string): string {
  const one = (count: number) => (setting.kind === 'seconds' ? duration(count) : number(count));
  if (value === 'range') {
    if (setting.min === undefined || setting.max === undefined) return t('settings.some');
    return t('settings.between', { min: one(setting.min), max: one(setting.max) });
  }
  const special = `settings.special.${setting.id}`;
  if (value === setting.special && has(special)) return t(special);
  if (value === '') return t('common.none');
  if (setting.kind === 'switch') return t(value === 'true' ? 'settings.on' : 'settings.off');
  const choice = `settings.choice.${value}`;
  if (setting.kind === 'choice' && has(choice)) return t(choice);
  return setting.kind === 'list' ? value : one(Number(value));
}
