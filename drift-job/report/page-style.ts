/** The style of the report's page: light and dark by the reader's setting, from phone to desk, and printable. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #f7f8fa; --card: #ffffff; --ink: #1a2230; --soft: #5b6675; --line: #dde2e9;
  --reference: #9aa8ba; --current: #c2410c; --drifted: #b42318; --drifted-back: #fdecea; --moderate: #8a5a00; --moderate-back: #fdf3dc;
  --steady: #1c6b48; --steady-back: #e5f4ec; --unknown: #556070; --unknown-back: #eceff3; }
@media (prefers-color-scheme: dark) { :root { --back: #11161d; --card: #1a212b; --ink: #e6ebf2; --soft: #9aa7b8; --line: #2e3846;
  --reference: #566579; --current: #ff9d5c; --drifted: #ff9a8f; --drifted-back: #47201d; --moderate: #f2c063; --moderate-back: #43330f;
  --steady: #7fd6a8; --steady-back: #17382a; --unknown: #a9b4c3; --unknown-back: #2a323e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem clamp(0.9rem, 3vw, 2rem) 3rem; }
header p { margin: 0; }
.eyebrow { color: var(--soft); font-size: 0.85rem; letter-spacing: 0.04em; text-transform: uppercase; }
h1 { font-size: clamp(1.35rem, 3.6vw, 1.9rem); line-height: 1.25; margin: 0.3rem 0 0.8rem; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 0.7rem; }
h3 { font-size: 1rem; margin: 0; display: inline; overflow-wrap: anywhere; }
.sources { color: var(--soft); font-size: 0.9rem; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.7rem; margin: 1.1rem 0 0; padding: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.7rem 0.9rem; margin: 0; }
.tile dt { color: var(--soft); font-size: 0.82rem; }
.tile dd { margin: 0; font-size: 1.35rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 0.5rem 0.75rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-size: 0.82rem; font-weight: 600; }
th:first-child, td.text, th.text { text-align: left; }
tbody th { font-weight: 600; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
td.graph { width: 28%; min-width: 6rem; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: 3px; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--current); outline-offset: 2px; }
.badge { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 99px; font-size: 0.82rem; font-weight: 600; white-space: nowrap; }
.drifted { color: var(--drifted); background: var(--drifted-back); } .moderate { color: var(--moderate); background: var(--moderate-back); }
.steady { color: var(--steady); background: var(--steady-back); } .unknown { color: var(--unknown); background: var(--unknown-back); }
.feature { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin: 0 0 0.8rem; }
.feature > summary { padding: 0.75rem 0.95rem; cursor: pointer; }
.feature > summary .badge { margin-left: 0.5rem; }
.feature > summary .figure { color: var(--soft); margin-left: 0.6rem; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.inside { padding: 0 0.95rem 0.95rem; }
.inside > p { margin: 0 0 0.7rem; max-width: 62ch; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.5rem), 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: 0.85rem; color: var(--soft); margin-bottom: 0.2rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
.key::before { content: ""; display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; vertical-align: -0.05em; border-radius: 2px; }
.key-reference::before { background: var(--reference); } .key-current::before { border-bottom: 3px solid var(--current); height: 0.5em; border-radius: 0; vertical-align: 0.2em; }
.reference { fill: var(--reference); } .current { fill: none; stroke: var(--current); stroke-width: 1.8; } .current-dot { fill: var(--current); }
.axis, .grid { fill: none; stroke: var(--line); } .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; fill: none; }
.moderate-line { stroke: var(--moderate); stroke-dasharray: 3 4; background: none; } .significant-line { stroke: var(--drifted); stroke-dasharray: 6 4; }
.bar { height: 0.7rem; } .bar-back { fill: var(--line); } .bar-fill { fill: var(--current); } .bar-mark { stroke: var(--ink); stroke-width: 0.6; opacity: 0.55; }
details.bins { margin-top: 0.8rem; } details.bins > summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; padding: 0.2rem 0; }
.notes { padding-left: 1.1rem; max-width: 75ch; } .notes li { margin-bottom: 0.35rem; }
.method { color: var(--soft); font-size: 0.92rem; max-width: 80ch; }
@media (max-width: 44rem) { .wide { display: none; } th, td { padding: 0.5rem 0.55rem; } td.graph { width: 22%; min-width: 3.6rem; } }
@media print { body { background: #fff; } .feature { break-inside: avoid; } }
`;
