/** What the tables of the analysis are made of. */
import type { ComponentChildren, VNode } from 'preact';
import type { Share } from '../../../../src/documents/documents.js';
import { href } from '../../address.js';
import { count, decimal, percent, signed } from '../../format.js';
import { Name } from '../name.js';

/** A part of the page that an address can name. */
export function Section({
  id,
  title,
  lead,
  children,
}: {
  id: string;
  title: string;
  lead?: ComponentChildren;
  children: ComponentChildren;
}): VNode {
  return (
    <section class="part" id={`part-${id}`} aria-labelledby={`title-${id}`} tabIndex={-1}>
      <h2 id={`title-${id}`}>{title}</h2>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

/** @param heads the names of its columns; those of numbers begin with `#`. */
export function Table({
  name,
  heads,
  children,
}: {
  name: string;
  heads: ComponentChildren[];
  children: ComponentChildren;
}): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class="scrolls" tabIndex={0} role="group" aria-label={name}>
      <table class="rows figures-of">
        <thead>
          <tr>
            {heads.map((head, index) => {
              const isNumber = typeof head === 'string' && head.startsWith('#');
              return (
                <th key={index} scope="col" class={isNumber ? 'number' : typeof head === 'string' ? '' : 'drawn'}>
                  {isNumber ? head.slice(1) : head}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

type Words = Parameters<typeof href>[1];

/** To the conversations of a run that a filter lets through. */
export function To({ run, words, children }: { run: string; words: Words; children: ComponentChildren }): VNode {
  return <a href={href(['run', run], words)}>{children}</a>;
}

export function ModelHead({ run, model, words = {} }: { run: string; model: string; words?: object }): VNode {
  return (
    <th scope="row" dir="auto">
      <To run={run} words={{ model, ...words }}>
        <Name text={model} />
      </To>
    </th>
  );
}

/** Two models side by side, in those scenarios first in which they differ most. */
export function PairHead({
  run,
  models,
  between = 'and',
}: {
  run: string;
  models: readonly string[];
  /** What the figures of the row are of: the difference of the two, or both. */
  between?: 'less' | 'and';
}): VNode {
  return (
    <th scope="row">
      <a href={href(['run', run, 'side'], { model: models, all: 1 })}>
        {models.map((model, index) => (
          <span key={model} class="one-of-two">
            {index > 0 && <span class="muted">{between} </span>}
            <bdi>
              <Name text={model} />
            </bdi>
          </span>
        ))}
      </a>
    </th>
  );
}

export function Amount({ children }: { children: ComponentChildren }): VNode {
  return <td class="number">{children}</td>;
}

/** A figure, its interval in small letters below. */
export function Figure({
  value,
  interval,
  reason,
  sign = false,
}: {
  value: number | null;
  interval: { low: number | null; high: number | null } | null;
  reason?: string | null;
  sign?: boolean;
}): VNode {
  const shown = sign ? signed : decimal;
  return (
    <td class="number" title={value === null ? (reason ?? undefined) : undefined}>
      {shown(value)}
      {value !== null && interval?.low != null && interval.high !== null && (
        <small>
          {shown(interval.low)} to {shown(interval.high)}
        </small>
      )}
    </td>
  );
}

/** How many of how many, leading to them where something leads there. */
export function ShareCell({ share, run, words }: { share: Share | null; run?: string; words?: Words }): VNode {
  if (share === null || share.n === 0) {
    return <Amount>–</Amount>;
  }
  const shown = percent(share.share);
  return (
    <Amount>
      {run !== undefined && words !== undefined && share.count > 0 ? (
        <To run={run} words={words}>
          {shown}
        </To>
      ) : (
        shown
      )}
      <small>
        {count(share.count)} of {count(share.n)}
      </small>
    </Amount>
  );
}

/** Models that answered a scenario alike: the first leads to its first answer, the others are counted. */
export function Alike({ run, scenario, models }: { run: string; scenario: string; models: string[] }): VNode {
  const [model = '', ...others] = models;
  return (
    <>
      <a href={href(['run', run, 'conversation'], { scenario, model, sample: 0 })} dir="auto">
        <Name text={model} />
      </a>
      {others.length > 0 && <small class="muted"> and {count(others.length)} more</small>}
    </>
  );
}
