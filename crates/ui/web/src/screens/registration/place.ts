// Where devices reach this platform, as this browser does.

import { session } from '../../lib/session.svelte';

export const place = () => ({ host: location.hostname, origin: location.origin, tenant: session.tenant });
