/** The manifest of an export: what is stored of the run, what was exported of it, and the hash of every question that was answered. */
import { createHash, type Hash } from 'node:crypto';
import { type Program, program } from '../provenance/program.js';
import { type ExportLine, type Head, turnsOf } from './line.js';

export interface ExportFacts {
  format: string;
  rows: string;
}

/** What an export learns of a run on its way through its lines. */
export class Tally {
  readonly #hash: Hash = createHash('sha256');
  readonly #versions = new Map<string, Set<string>>();
  #probes = 0;
  #turns = 0;

  add(line: ExportLine): void {
    this.#probes += 1;
    for (const { turnNumber, providerMetadata } of turnsOf(line)) {
      const { payloadSha256, modelVersion } = providerMetadata ?? {};
      if (payloadSha256 !== undefined) {
        this.#turns += 1;
        this.#hash.update(`${line.probeId} ${turnNumber} ${payloadSha256}\n`);
      }
      if (modelVersion) {
        const versions = this.#versions.get(line.modelId) ?? new Set();
        this.#versions.set(line.modelId, versions.add(modelVersion));
      }
    }
  }

  /** What is known now that the last line has come. */
  async facts(given: ExportFacts): Promise<ExportedFacts> {
    const answeredBy = [...this.#versions].map(([model, versions]) => [model, [...versions].sort()] as const);
    return {
      export: { ...given, at: new Date().toISOString(), probes: this.#probes, program: await program() },
      answeredBy: Object.fromEntries(answeredBy),
      payloads: { turns: this.#turns, sha256: this.#hash.digest('hex') },
    };
  }
}

interface ExportedFacts {
  export: ExportFacts & { at: string; probes: number; program: Program };
  /** The models that answered, as their providers name them, by the model that was asked. */
  answeredBy: Record<string, string[]>;
  /** SHA-256 over `probeId turn payloadSha256` and a line end for each turn, in the order of the export. */
  payloads: { turns: number; sha256: string };
}

/** The manifest but for the texts of the run's file, to be put into a file of results. */
export function embeddedManifest({ manifest }: Head, facts: ExportedFacts): object {
  const { file, ...others } = manifest;
  return { ...others, file: file && { sha256: file.sha256 }, ...facts };
}

/** The whole of it as text, in pieces; the hashes of the turns stand at its end. */
export class ManifestText {
  #separator = '';

  begin({ manifest }: Head): string {
    return `${JSON.stringify(manifest, null, 1).slice(0, -2)},\n "turns": {`;
  }

  line({ probeId, ...line }: ExportLine): string {
    const hashes = turnsOf({ probeId, ...line }).map(({ providerMetadata }) => providerMetadata?.payloadSha256 ?? null);
    if (hashes.length === 0) {
      return '';
    }
    const text = `${this.#separator}\n  ${JSON.stringify(probeId)}: ${JSON.stringify(hashes)}`;
    this.#separator = ',';
    return text;
  }

  end(facts: ExportedFacts): string {
    return `\n },\n${JSON.stringify(facts, null, 1).slice(2, -2)}\n}\n`;
  }
}
