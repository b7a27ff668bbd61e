import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/build/', '**/dist/', '**/.turbo/', '.alexnet/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    // The page of the console, which runs in browsers.
    files: ['services/console/page/**/*.{ts,tsx}', 'services/console/vite.config.ts'],
    languageOptions: {
      parserOptions: {
        project: './services/console/tsconfig.page.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
  {
    // Scripts of a web page, which see what those before them define.
    files: ['packages/export/assets/*.js', 'services/console/page/public/*.js'],
    languageOptions: {
      sourceType: 'script',
      globals: {
        ...{ tf: 'readonly', document: 'readonly', location: 'readonly', addEventListener: 'readonly' },
        ...{ createImageBitmap: 'readonly', OffscreenCanvas: 'readonly', localStorage: 'readonly' },
      },
    },
  },
);
