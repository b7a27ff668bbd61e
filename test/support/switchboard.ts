import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One address that leads to whichever server is the primary. */
export interface Switchboard {
  readonly port: number;
  /** New connections go to this port of the loopback interface; those that are open stay where they are. */
  switchTo: (port: number) => void;
  stop: () => Promise<void>;
}

/**
 * Forwards TCP connections, as the virtual address of a server with a standby does. After a failover the old connections
 * still lead to the server that was demoted.
 */
export async function startSwitchboard(target: number): Promise<Switchboard> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    switchTo: (port) => (target = port),
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
