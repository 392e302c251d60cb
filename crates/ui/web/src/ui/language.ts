// Another language, chosen by somebody: says so if its texts cannot be loaded.

import { type Language, speak, t } from '../lib/i18n.svelte';
import { toast } from './toasts.svelte';

export const choose = (language: Language): void => void speak(language).catch(() => toast(t('state.offline')));
