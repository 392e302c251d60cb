// What unit tests need of a browser that happy-dom has not.
import { afterEach, beforeAll } from 'vitest';
import { cleanup } from '@testing-library/svelte';
import { learn } from '../src/lib/i18n.svelte';

beforeAll(learn);
afterEach(() => cleanup());
