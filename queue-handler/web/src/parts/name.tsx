/** A name, which may be long and without blanks: it breaks behind a mark rather than within a word. */
import { Fragment, type VNode } from 'preact';

export function Name({ text }: { text: string }): VNode {
  return (
    <>
      {text.split(/(?<=[,;=~/_.:|-])(?=\p{L}|\p{N})/u).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
