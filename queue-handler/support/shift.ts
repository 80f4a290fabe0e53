/** Loaded before a process starts (`NODE_OPTIONS=--import …`): each SIGUSR2 sets its wall clock back an hour. */
const HOUR = 3_600_000;
const real = Date;
let behind = 0;

class Shifted extends real {
  // biome-ignore lint/suspicious/noExplicitAny: the constructor's own overloads
  constructor(...given: any[]) {
    if (given.length === 0) {
      super(real.now() - behind);
    } else {
      super(...(given as [number]));
    }
  }

  static override now(): number {
    return real.now() - behind;
  }
}

globalThis.Date = Shifted as DateConstructor;
process.on('SIGUSR2', () => {
  behind += HOUR;
});
