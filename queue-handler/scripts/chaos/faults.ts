/** What goes wrong at random. */
import { pause } from '../../src/waiting.js';
import type { Server } from '../../support/postgres.js';
import type { Member } from './crew.js';
import type { Random } from './random.js';

/** A time in which answers that were under way may have been lost to those who had paid for them. */
export interface Blow {
  /** Monotonic seconds, as in the simulator's journal. */
  from: number;
  to: number;
}

export interface Scene {
  crew: Member[];
  server: Server;
  random: Random;
  /** Seconds that a handler may be silent. */
  heartbeat: number;
  /** Notes a blow: before it falls, and once more when it is over. */
  onBlow(): () => void;
}

type Fault = (scene: Scene, member: Member) => Promise<void>;

async function seconds(number: number): Promise<void> {
  await pause(number * 1000);
}

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

async function freeze({ random, heartbeat, onBlow }: Scene, member: Member): Promise<void> {
  const { process: handler } = member;
  const pids = random.next() < 0.5 ? [handler.pid] : [handler.pid, ...handler.workers];
  const over = onBlow();
  signal(pids, 'SIGSTOP');
  // Half of the time for longer than the heartbeat.
  const length = random.between(0.2, 2 * heartbeat);
  // Workers that go on may ask as long as the handler's last word holds. A worker that asks later knows better.
  const word = Math.min(length, heartbeat / 4);
  await seconds(word);
  over();
  await seconds(length - word);
  signal(pids.reverse(), 'SIGCONT');
}

export const FAULTS: Record<string, Fault> = {
  async kill({ onBlow }, member) {
    const over = onBlow();
    await member.process.kill();
    over();
  },
  async worker({ random, onBlow }, member) {
    const { workers } = member.process;
    if (workers.length > 0) {
      const over = onBlow();
      signal([random.pick(workers)], 'SIGKILL');
      over();
    }
  },
  freeze,
  async cut(_, member) {
    member.wire.cut();
  },
  async silence({ random, heartbeat }, member) {
    member.wire.silence();
    await seconds(random.between(0.2, heartbeat / 3));
    member.wire.speak();
  },
  async database({ server }) {
    await server.kill();
    await server.start();
  },
  async stderr(_, member) {
    member.process.hangUp();
  },
  async clock(_, member) {
    signal([member.process.pid], 'SIGUSR2');
  },
  async stop({ onBlow }, member) {
    // What does not end within the grace time goes back.
    const over = onBlow();
    await member.process.stop();
    over();
  },
  async disk({ random }, member) {
    if (member.hasDisk) {
      member.fill();
      member.wire.cut();
      await seconds(random.between(0.2, 3));
      member.drain();
    }
  },
};
