/**
 * Which of the waiting probes are queued next, where their order matters or their answers may be there already: the first
 * probe of each preamble goes alone, and what another run was answered is taken over and not asked.
 */
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database/connect.js';
import type { Tables } from '../database/schema.js';
import { getLogger } from '../log.js';
import { beginAlone, type Candidate, cacheState, inOrder } from '../runs/prompt-caches.js';
import { identify, takeOver } from './reuse.js';

// How many times as many waiting probes are looked at as are queued, since some of them have to wait for others.
const LOOK_AHEAD = 4;

const logger = getLogger('feeder');

type Trx = Transaction<Tables>;

interface Waiting extends Candidate {
  id: string;
  position: number;
  unidentified: boolean;
  reusable: boolean;
}

/** What is to be filled: probes of a run that ask one provider. */
export interface Place {
  run_id: string;
  provider: string;
  missing: number;
  /** Whether the first probe of each preamble goes alone. */
  caching: boolean;
  /** Answers of so many days are taken over; null where none is. */
  reuse_days: number | null;
}

export interface Choice {
  ids: string[];
  /** Those of them that others wait for. */
  alone: Set<string>;
  /** How many have their answer without being asked. */
  taken: number;
}

/** How far it is known, of probes that do not fit under a bound, that their answers are not there. */
interface Look {
  runId: string;
  /** The last position that was looked at. */
  upTo: number;
  /** Whether nothing waits behind it. */
  ended: boolean;
}

export class Chooser {
  readonly #onDone: (runId: string) => void;
  /** By place. */
  readonly #looks = new Map<string, Look>();
  /** Runs of which it is to be found out whether their next answers are there already. */
  readonly #unidentified = new Set<string>();
  /** Runs of which it was said that answers are not taken over, because their models said no version. */
  readonly #said = new Set<string>();

  /** @param onDone is told of a run of which probes have ended without being asked. */
  constructor(onDone: (runId: string) => void) {
    this.#onDone = onDone;
  }

  /** Probes are chosen for these places, and how far others were looked at need not be known any more. */
  begin(places: readonly Place[]): void {
    const keys = new Set(places.map(keyOf));
    for (const key of this.#looks.keys()) {
      if (!keys.has(key)) {
        this.#looks.delete(key);
      }
    }
  }

  /** What was chosen for a place was undone. */
  undo(place: Place): void {
    this.#looks.delete(keyOf(place));
  }

  /** Whether answers may be there, at no cost, for probes of a run that do not fit under its bound. */
  isLooking(runId: string): boolean {
    return [...this.#looks.values()].some((look) => look.runId === runId && !look.ended);
  }

  /** @param fitting the probes that fit under a bound; null where none holds. */
  async choose(trx: Trx, place: Place, fitting: string[] | null): Promise<Choice> {
    const most = place.missing * LOOK_AHEAD;
    const waiting = await this.#waiting(trx, place, fitting, most);
    if (fitting !== null && place.reuse_days !== null) {
      this.#look(place, waiting, fitting, waiting.length < most);
    }
    let open = waiting;
    let taken = 0;
    if (place.reuse_days !== null) {
      const reusable = waiting.filter((probe) => probe.reusable).map(({ id }) => id);
      const { ids, unversioned } = await takeOver(trx, place.run_id, place.reuse_days, reusable);
      this.#sayUnversioned(place.run_id, unversioned);
      taken = ids.size;
      if (taken > 0) {
        this.#onDone(place.run_id);
      }
      if (waiting.some((probe) => probe.unidentified)) {
        this.#unidentified.add(place.run_id);
      }
      open = waiting.filter(({ id, unidentified }) => !unidentified && !ids.has(id));
    }
    if (fitting !== null) {
      // What was there already needed no room under a bound; what is asked does.
      const fits = new Set(fitting);
      open = open.filter(({ id }) => fits.has(id));
    }
    if (!place.caching) {
      return { ids: open.slice(0, place.missing).map(({ id }) => id), alone: new Set(), taken };
    }
    const { next, alone } = inOrder(open, place.missing);
    await beginAlone(trx, place.provider, alone);
    return { ids: next.map(({ id }) => id), alone: new Set([...alone].map(({ id }) => id)), taken };
  }

  /** Find out, outside of any transaction, what the next choice has to know of answers that are there. */
  async identify(db: Db): Promise<void> {
    for (const runId of this.#unidentified) {
      this.#unidentified.delete(runId);
      await identify(db, runId);
    }
  }

  /**
   * Those that might be queued. Under a bound the ones that fit come first, wherever they stand: any number may stand before
   * them that do not. Behind them are those of which it is not known yet whether their answers are there.
   */
  async #waiting(trx: Trx, place: Place, fitting: string[] | null, most: number): Promise<Waiting[]> {
    const fits = sql`p.id = ANY(${fitting}::uuid[])`;
    const unseen =
      place.reuse_days === null ? sql`false` : sql`p.position > ${this.#looks.get(keyOf(place))?.upTo ?? 0}`;
    const { rows } = await sql<Waiting>`
      SELECT p.id, p.position, p.model_id, s.preamble_sha256, ${cacheState('k')} AS cache,
             p.conversation_sha256 IS NULL AND p.partial IS NULL AS unidentified,
             coalesce(p.conversation_sha256, '') <> '' AND p.partial IS NULL AS reusable
      FROM probe_results p JOIN scenarios s ON s.id = p.scenario_id
      LEFT JOIN prompt_caches k ON k.provider = p.provider AND k.model_id = p.model_id
        AND k.preamble_sha256 = s.preamble_sha256
      WHERE p.run_id = ${place.run_id} AND p.provider = ${place.provider} AND p.status = 'PENDING'
        ${fitting === null ? sql`` : sql`AND (${fits} OR ${unseen})`}
      ORDER BY ${fitting === null ? sql`` : sql`${fits} DESC,`} p.position LIMIT ${most}
      FOR UPDATE OF p SKIP LOCKED`.execute(trx);
    return rows;
  }

  /** Note how far was looked at what waits, which is all where it `ended`. */
  #look(place: Place, waiting: readonly Waiting[], fitting: readonly string[], ended: boolean): void {
    const unidentified = waiting.filter((probe) => probe.unidentified).map(({ position }) => position);
    const next = Math.min(...unidentified);
    const fits = new Set(fitting);
    const seen = waiting.filter(({ id, position }) => !fits.has(id) && position < next).map(({ position }) => position);
    const before = this.#looks.get(keyOf(place))?.upTo ?? 0;
    this.#looks.set(keyOf(place), {
      runId: place.run_id,
      upTo: Math.max(before, ...seen),
      ended: ended && unidentified.length === 0,
    });
  }

  #sayUnversioned(runId: string, answers: number): void {
    if (answers > 0 && !this.#said.has(runId)) {
      this.#said.add(runId);
      logger.warn({ runId, answers }, 'answers are there and not taken over: their models said no version');
    }
  }
}

function keyOf({ run_id, provider }: Place): string {
  return `${run_id} ${provider}`;
}
