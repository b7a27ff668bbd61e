import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Sends inline commands to a Redis server over a connection of their own and returns its raw replies: for servers in a
 * state in which the pipeline's own client refuses to work.
 */
export async function sendToRedis(url: string, ...commands: string[]): Promise<string> {
  const { port, password } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  const login = password === '' ? [] : [`AUTH ${decodeURIComponent(password)}`];
  socket.write([...login, ...commands, 'QUIT', ''].join('\r\n'));
  let replies = '';
  socket.on('data', (chunk) => {
    replies += chunk.toString();
    // A Sentinel does not know QUIT.
    if (/unknown command '?QUIT/i.test(replies)) socket.end();
  });
  await once(socket, 'close');
  return replies;
}
