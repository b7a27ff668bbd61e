/**
 * `NODE_OPTIONS=--import hook.mjs`, `FAULTS_MUTANT={"file":…,"changes":[[from, to]]}`: a service of which some text of
 * one built module is another one, to show that the fault suite finds it.
 */
import { register } from 'node:module';

register('./loader.mjs', { parentURL: import.meta.url, data: JSON.parse(process.env.FAULTS_MUTANT) });
