// The start: looks and language before anything is shown, then who is signed in, then the first component.

import '@fontsource-variable/atkinson-hyperlegible-next/wght.css';
import '@fontsource-variable/atkinson-hyperlegible-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { apply } from './lib/appearance.svelte';
import { preferred, speak } from './lib/i18n.svelte';

apply();
// Without the texts of another language there is still English.
await speak(preferred()).catch(() => undefined);
const target = document.getElementById('app');
if (target) mount(App, { target });
