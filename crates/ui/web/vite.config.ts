// How the console is built and served while it is written. The output is committed and must be the same, byte for byte,
// wherever it is built: no dates, no paths, no environment in it.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { writesSourceHash } from './build/source-hash.ts';

// A running program; `npm run dev` passes everything that is not the console on to it.
const program = process.env.HOLDFAST_URL ?? 'https://127.0.0.1:8443';

export default defineConfig({
  base: '/ui/',
  plugins: [svelte(), writesSourceHash()],
  publicDir: false,
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
  build: {
    target: 'es2022',
    outDir: '../dist',
    emptyOutDir: true,
    // Nothing as `data:`; the content security policy allows only files of our own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // What changes seldom lies in files of its own, so that an edit of a screen changes that screen's file.
        codeSplitting: {
          groups: [
            { name: 'svelte', test: /node_modules[\\/](svelte|esm-env|clsx)[\\/]/ },
            { name: 'uplot', test: /node_modules[\\/]uplot[\\/]/ },
            { name: 'maplibre', test: /node_modules[\\/]maplibre-gl[\\/]/ },
            {
              name: 'bits-ui',
              test: /node_modules[\\/](bits-ui|svelte-toolbelt|runed|tabbable|@floating-ui|@internationalized|@swc)[\\/]/,
            },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '^/(?!ui(/|$))': {
        target: program,
        changeOrigin: true,
        // The program's own authority is not known to node.
        secure: false,
        ws: true,
        headers: { origin: program },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
  },
});
