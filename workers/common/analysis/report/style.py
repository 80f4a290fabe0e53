"""How the page looks: light and dark as the reader's system wants it, and black on white in print."""

from __future__ import annotations

from typing import Final

# The hues are Okabe and Ito's, which people with any colour vision can tell apart.
STYLE: Final = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1b2430; --soft: #566170; --line: #d7dce2; --panel: #f5f7f9;
  --one: #0072b2; --two: #56b4e9; --three: #b8c4d0; --mark: #1b2430; --fail: #d55e00; --link: #005a8c;
  --h0: #ffffff; --h1: #d6e8f4; --h2: #9fcbe6; --h3: #5aa5d0; --h4: #0072b2; --warn: #fdf3e1; --warn-line: #e0a030;
  --n3: #f3b48a; --n2: #f8d0b5; --n1: #fce9dc; --p1: #dcebf6; --p2: #b3d4ec; --p3: #84b9e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171e; --ink: #e4e9ef; --soft: #a3aebb; --line: #333d49; --panel: #1a212a;
    --one: #4da6dd; --two: #23618c; --three: #56616e; --mark: #f2f5f8; --fail: #ff8a3d; --link: #7cc4ee;
    --h0: #12171e; --h1: #1c3546; --h2: #265676; --h3: #3479a6; --h4: #4da6dd; --warn: #2b2416; --warn-line: #a87a2c;
    --n3: #7a3c14; --n2: #593016; --n1: #3a2518; --p1: #17303f; --p2: #194666; --p3: #1d5f8c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.2rem 1.4rem 4rem; max-width: 76rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .4rem; padding-top: .8rem; border-top: 1px solid var(--line); }
#summary { margin-top: 1rem; border: 0; padding: 0; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; padding: .3rem .6rem; z-index: 2;
  background: var(--page); outline: 2px solid var(--link); }
h3 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
p { margin: .4rem 0; max-width: 52rem; }
.soft, caption { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: .5rem; margin: .9rem 0 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .2rem .7rem; }
.tiles b { margin-right: .35rem; font-variant-numeric: tabular-nums; }
.answer { margin: .4rem 0 .8rem; padding-left: 1.2rem; max-width: 66rem; font-size: 1.05rem; }
.answer li { margin: .15rem 0; overflow-wrap: anywhere; }
.contents { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: 1.4rem 0 0; padding: 0; list-style: none; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); }
details { margin: .8rem 0; border: 1px solid var(--line); border-radius: .4rem; padding: 0 .9rem; }
summary { cursor: pointer; padding: .5rem 0; font-weight: 600; overflow-wrap: anywhere; }
p, caption { overflow-wrap: anywhere; }
.warnings { background: var(--warn); border-left: 4px solid var(--warn-line); padding: .6rem 1rem .6rem 2.2rem; }
.warnings li { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { caption-side: top; text-align: left; padding: .2rem 0 .5rem; }
th, td { padding: .32rem .6rem; text-align: right; vertical-align: middle; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
th[scope=row], th:first-child, .left { text-align: left; }
th[scope=row] { font-weight: 500; min-width: 11rem; width: 17rem; max-width: 24rem; line-height: 1.3;
  overflow-wrap: anywhere; }
bdi[title] { display: -webkit-inline-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; max-width: 100%;
  overflow: hidden; vertical-align: top; overflow-wrap: anywhere; }
td.number { white-space: nowrap; }
td.left { overflow-wrap: anywhere; min-width: 5rem; } td.long { min-width: 14rem; }
thead th.number { min-width: 4.2rem; }
figure { margin: .9rem 0; } figcaption { font-weight: 600; overflow-wrap: anywhere; }
figcaption .soft { font-weight: 400; }
blockquote { margin: .3rem 0; padding: .5rem .8rem; max-width: 52rem; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--panel); border-inline-start: 4px solid var(--one); }
blockquote.asked { border-color: var(--three); }
.picture { min-width: 13rem; width: 36%; padding-left: .4rem; padding-right: .4rem; text-align: left; }
.picture svg { display: block; width: 100%; height: 1.25rem; overflow: visible; }
.scale { display: flex; justify-content: space-between; font-weight: 400; }
.scale span { flex: 1 1 0; text-align: center; white-space: nowrap; }
.scale span:first-child { text-align: left; } .scale span:last-child { text-align: right; }
.map .picture { width: 60%; min-width: 18rem; } .map svg { height: 1.4rem; }
.map th, .map td { padding-top: .1rem; padding-bottom: .1rem; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .5rem 0; padding: 0; list-style: none; }
.key li { font-size: .87rem; }
.key i { display: inline-block; width: .9rem; height: .9rem; margin-right: .35rem; vertical-align: -.1rem;
  border: 1px solid var(--line); }
.key i.tick { width: 3px; border: 0; } .key i.thin { height: 5px; border: 0; vertical-align: .2rem; }
.one { fill: var(--one); background: var(--one); } .two { fill: var(--two); background: var(--two); }
.three { fill: var(--three); background: var(--three); } .tick { fill: var(--mark); background: var(--mark); }
.fail { fill: var(--fail); background: var(--fail); }
.base { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.neutral { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; vector-effect: non-scaling-stroke; }
.bar { stroke: var(--one); stroke-width: 4; vector-effect: non-scaling-stroke; }
.dot { stroke: var(--mark); stroke-width: 3; vector-effect: non-scaling-stroke; }
.h0 { fill: var(--h0); background: var(--h0); } .h1 { fill: var(--h1); background: var(--h1); }
.h2 { fill: var(--h2); background: var(--h2); } .h3 { fill: var(--h3); background: var(--h3); }
.h4 { fill: var(--h4); background: var(--h4); }
.matrix, .narrow { width: auto; } .matrix caption { min-width: min(34rem, 85vw); }
.matrix thead th + th { min-width: 0; } .methods td { min-width: 14rem; }
.matrix td, .matrix thead th + th { text-align: center; padding: .3rem .45rem; min-width: 2.5rem; }
.matrix td { border: 1px solid var(--page); } .matrix.dense { font-size: .72rem; }
.matrix.dense td, .matrix.dense thead th + th { padding: .15rem .2rem; min-width: 1.9rem; }
.n3 { background: var(--n3); fill: var(--n3); } .n2 { background: var(--n2); fill: var(--n2); }
.n1 { background: var(--n1); fill: var(--n1); } .p1 { background: var(--p1); fill: var(--p1); }
.p2 { background: var(--p2); fill: var(--p2); } .p3 { background: var(--p3); fill: var(--p3); }
.cut { stroke: var(--page); stroke-width: 1; vector-effect: non-scaling-stroke; }
.key i.dash { width: 0; border: 0; border-left: 2px dashed var(--soft); }
.self { background: var(--panel); color: var(--soft); }
@media (max-width: 48rem) { th[scope=row] { min-width: 8.5rem; } body { padding: 1.2rem .9rem 3rem; }
  caption { max-width: calc(100vw - 1.8rem); }
  .scroll caption { position: sticky; left: 0; }
  .scroll th:first-child { position: sticky; left: 0; background: var(--page); z-index: 1; } }
.on-paper { display: none; }
footer { margin-top: 3rem; color: var(--soft); font-size: .87rem; }
@media print {
  @page { margin: 12mm; size: A4 portrait;
    @bottom-right { content: counter(page) " of " counter(pages); font-size: 8pt; } }
  :root {
    color-scheme: light;
    --page: #ffffff; --ink: #000000; --soft: #444444; --line: #bbbbbb; --panel: #f5f7f9;
    --one: #0072b2; --two: #56b4e9; --three: #b8c4d0; --mark: #000000; --fail: #d55e00;
    --h0: #ffffff; --h1: #d6e8f4; --h2: #9fcbe6; --h3: #5aa5d0; --h4: #0072b2; --warn: #fdf3e1; --warn-line: #e0a030;
    --n3: #f3b48a; --n2: #f8d0b5; --n1: #fce9dc; --p1: #dcebf6; --p2: #b3d4ec; --p3: #84b9e0;
  }
  body { max-width: none; padding: 0; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .skip { display: none; } .on-paper { display: block; } details { border: 0; padding: 0; }
  h2 { margin-top: 1rem; padding-top: .3rem; font-size: 1.1rem; }
  .scroll { overflow: visible; } .short { break-inside: avoid; }
  h2, h2 + p, h3, h3 + p, .key, caption { break-after: avoid; } .key, figure { break-inside: avoid; }
  tr { break-inside: avoid; } th[scope=row] { min-width: 8.5rem; }
  .matrix.dense { font-size: 5.5pt; }
  .matrix.dense td, .matrix.dense thead th + th { min-width: 0; padding: .1rem .12rem; }
  table { font-size: 7.5pt; } th, td { padding: .08rem .3rem; } .picture { min-width: 7rem; width: 30%; }
  .picture svg { height: .8rem; } .tiles { margin: .4rem 0; } .tiles li { padding: .1rem .6rem; }
  .tiles b { font-size: 1rem; }
  .answer { font-size: 10pt; } .scroll { margin: .3rem 0; } details:not([open]) { display: none; }
}
"""
