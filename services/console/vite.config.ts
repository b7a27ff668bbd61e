import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'page',
  base: '/',
  plugins: [preact()],
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    // The content security policy allows no data: URLs for scripts and styles, and small files cost nothing here.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
