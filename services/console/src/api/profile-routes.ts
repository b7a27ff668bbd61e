import { findProfile, profileEntries, profileOf, PROFILES } from '@alexnet/model';
import * as z from 'zod';
import type { Server } from './parts.ts';
import { Name, ProfileDetails, Profiles } from './schemas.ts';

/** Profiles: what a run trains with. */
export function profileRoutes(server: Server): void {
  server.get(
    '/profiles',
    { schema: { tags: ['profiles'], summary: 'Every profile', response: { 200: Profiles } } },
    () => ({ profiles: PROFILES.map(({ name, summary }) => ({ name, purpose: summary })) }),
  );

  server.get(
    '/profiles/:name',
    {
      schema: {
        tags: ['profiles'],
        summary: 'Every key of a profile: its value, type, meaning and source',
        params: z.object({ name: Name }),
        response: { 200: ProfileDetails },
      },
    },
    ({ params: { name } }) => {
      const definition = findProfile(name);
      const profile = profileOf(definition);
      const entries = profileEntries(profile, definition, profile);
      return { name, entries };
    },
  );
}
