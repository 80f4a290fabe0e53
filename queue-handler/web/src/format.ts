/** Numbers, times and amounts as people write them. */
import type { NeighboursAnswer } from '../../src/viewer/api.js';

const counts = new Intl.NumberFormat('en-US');
const amounts = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

export function count(number: number): string {
  return counts.format(number);
}

/** Where a conversation stands in a list. Of a search that was cut nobody knows how many there are. */
export function placeText({ number, of, searched }: NeighboursAnswer): string {
  const isCut = searched?.cut != null;
  if (number === 0) {
    return isCut ? 'not among those found so far' : 'not in the list';
  }
  return isCut ? `${count(number)} of at least ${count(of)}` : `${count(number)} of ${count(of)}`;
}

export function short(number: number): string {
  return number < 10_000 ? counts.format(number) : compact.format(number);
}

/** A mean or a difference: as many places as say something. */
export function decimal(number: number | null | undefined, places = 2): string {
  if (number === null || number === undefined) {
    return '–';
  }
  const text = number.toFixed(places);
  // There is no minus zero.
  return (Number(text) === 0 ? (0).toFixed(places) : text).replace('-', '−');
}

export function signed(number: number | null | undefined, places = 2): string {
  const text = decimal(number, places);
  return number !== null && number !== undefined && Number(number.toFixed(places)) > 0 ? `+${text}` : text;
}

/** A score as it stands in a cell: whole numbers without places. */
export function score(number: number): string {
  return Number.isInteger(number) ? String(number).replace('-', '−') : decimal(number);
}

export function dollars(amount: number | null): string {
  if (amount === null) {
    return '–';
  }
  return amount === 0 ? '$0' : amount < 0.01 ? `$${amount.toPrecision(2)}` : `$${amounts.format(amount)}`;
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1_000);
}

export function duration(time: number): string {
  // Rounded before it is divided: there are no sixty seconds beside the minutes.
  const whole = Math.round(time);
  if (whole < 60) {
    return `${time < 9.95 ? time.toFixed(1) : whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : minutes < 48 * 60
      ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
      : `${Math.round(minutes / 60 / 24)} days`;
}

export function moment(iso: string | null): string {
  return iso === null ? '–' : moments.format(new Date(iso));
}

export function pValue(p: number | null): string {
  return p === null ? '–' : p < 0.001 ? '< .001' : p.toFixed(3).replace(/^0/, '');
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
