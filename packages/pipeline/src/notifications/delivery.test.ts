import { expect, it } from 'vitest';
import { signatureHeaders } from './delivery.ts';

/** The example of the Standard Webhooks specification. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';
const at = 1_614_265_330_987;
const unsigned = { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' };

it('signs like the example of the specification', () => {
  expect(signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', body, { secret, at })).toEqual({
    ...unsigned,
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('has no signature without a secret', () => {
  expect(signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', body, { secret: undefined, at })).toEqual(unsigned);
});
