/** Takes the lock of a folder a number of times, and is beside itself where it is not alone: `lock-taker FOLDER ROUNDS [hold]`. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderInUseError, lockFolder } from '../../src/database/folder-lock.js';

const [, , folder = '', rounds = '1', hold] = process.argv;

for (let done = 0; done < Number(rounds); ) {
  try {
    const lock = lockFolder(folder);
    // Two at a time would meet here: the file is made by one only.
    writeFileSync(join(folder, 'alone'), String(process.pid), { flag: 'wx' });
    if (hold !== undefined) {
      process.stdout.write('held\n');
      await new Promise(() => setInterval(() => {}, 1_000));
    }
    await sleep(1);
    rmSync(join(folder, 'alone'));
    lock.release();
    done += 1;
  } catch (error) {
    if (!(error instanceof FolderInUseError)) {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    }
    if (hold !== undefined) {
      process.stdout.write(`refused: ${error.message}\n`);
      process.exit(0);
    }
    // Many that look at once would have most of what they take be looks.
    await sleep(10 + 60 * Math.random());
  }
}
