// The platform's preview of a change of rules as lines for a consequence dialog.

import type { Subject } from '../../lib/access/explain';
import { preview } from '../../lib/access/explaining';
import type { Rule } from '../../lib/access/rules';
import { t, tn } from '../../lib/i18n.svelte';
import { scopeName } from './names';

export async function effectLines(subject: Subject, adds: Rule[], removes: Rule[]): Promise<string[]> {
  const { changes } = await preview(subject, adds, removes);
  const lines = changes.flatMap(({ scope, permission, gained, lost }) => [
    ...(gained.objects > 0 ? [`${scopeName(scope)} ${permission} ${tn('access.preview.gained', gained.objects)}`] : []),
    ...(lost.objects > 0 ? [`${scopeName(scope)} ${permission} ${tn('access.preview.lost', lost.objects)}`] : []),
  ]);
  return lines.length > 0 ? lines : [t('access.preview.nothing')];
}
