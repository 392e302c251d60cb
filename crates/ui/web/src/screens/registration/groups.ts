// Groups for the group that a new device joins. What is chosen is the id, because names may be equal.

import type { Suggestion } from '../../ui/Combobox.svelte';
import { named } from '../groups/groups';

export const groupNames = async (text: string, signal: AbortSignal): Promise<Suggestion[]> =>
  (await named('c8y_IsDeviceGroup', text, signal)).map((one) => ({ value: one.id, label: one.name ?? one.id, hint: one.id }));
