import * as z from 'zod';
import { constant } from './constant.ts';
import { cosine } from './cosine.ts';
import { plateau } from './plateau.ts';
import type { Schedule } from './schedule.ts';
import { steps } from './steps.ts';

/** Every schedule by its `kind`. */
export const SCHEDULES = { plateau, steps, constant, cosine };

type Schema = (typeof SCHEDULES)[keyof typeof SCHEDULES]['schema'];

const schemas = Object.values(SCHEDULES).map(({ schema }) => schema) as [Schema, ...Schema[]];

/** `schedule` of a profile: the settings of one of {@link SCHEDULES}. */
export const ScheduleSchema = z.discriminatedUnion('kind', schemas);

export type ScheduleSettings = z.infer<typeof ScheduleSchema>;

/** The schedule that settings belong to. */
export const scheduleOf = ({ kind }: ScheduleSettings): Schedule<ScheduleSettings> => SCHEDULES[kind];
