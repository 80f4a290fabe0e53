/** What kind of machine does the work. No name of it and no address: two of one kind are alike. */
import { arch, platform, release } from 'node:os';
import type { Health } from '../documents/documents.js';
import { type Program, program } from './program.js';

export interface Machine {
  program: Program;
  system: { platform: string; release: string; arch: string };
  node: string;
  /** Null where no worker was asked. */
  python: Python | null;
}

export interface Python {
  version: string;
  workersVersion: string;
  packages: Record<string, string>;
}

/** @param health what health_check.py says of the workers' half. */
export async function machine(health: Health | null = null): Promise<Machine> {
  return {
    program: await program(),
    system: { platform: platform(), release: release(), arch: arch() },
    node: process.versions.node,
    python: health && {
      version: health.pythonVersion,
      workersVersion: health.workersVersion,
      packages: health.packages,
    },
  };
}
