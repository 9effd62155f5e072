extension ReportPage {
    /// The look of every report: colours by name, one set for light and one for dark.
    static let style = """
        :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#17202e;--quiet:#5d6878;--rule:#e3e7ed;
          --c0:#2563eb;--c1:#d97706;--c2:#0d9488;--c3:#dc2626;--warn:#fff4dd}
        @media(prefers-color-scheme:dark){:root{--bg:#10151d;--card:#182029;--ink:#e7ecf3;--quiet:#98a4b5;--rule:#2a3441;
          --c0:#6ea2ff;--c1:#f5ad4a;--c2:#3fc7b5;--c3:#ff7b72;--warn:#3a2f14}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif;-webkit-text-size-adjust:100%}
        main{max-width:960px;margin:0 auto;padding:32px 16px 56px}
        h1{font-size:1.55rem;line-height:1.25;margin:0;overflow-wrap:anywhere;letter-spacing:-.01em}
        h2{font-size:1rem;margin:0 0 10px}
        .quiet{color:var(--quiet);margin:6px 0 0;overflow-wrap:anywhere}
        section,.figures div{background:var(--card);border:1px solid var(--rule);border-radius:10px}
        section{padding:16px 18px;margin-top:14px}
        .figures{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:18px 0 0}
        .figures div{padding:10px 14px}.figures div:last-child:nth-child(4n+1){grid-column:span 4}
        dt{color:var(--quiet);font-size:.8rem}
        dd{margin:0;font-size:1.2rem;font-weight:600;white-space:nowrap;font-variant-numeric:tabular-nums}
        .warning{background:var(--warn);border-left:4px solid var(--c1);border-radius:6px;padding:10px 14px;margin:16px 0 0}
        svg{display:block;width:100%;height:auto;overflow:visible}
        .grid{stroke:var(--rule)}
        .tick{fill:var(--quiet);font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums}
        polyline{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
        .line0{stroke:var(--c0)}.line1{stroke:var(--c1)}.line2{stroke:var(--c2)}.line3{stroke:var(--c3)}
        .fill0{fill:var(--c0)}.fill1{fill:var(--c1)}.fill2{fill:var(--c2)}.fill3{fill:var(--c3)}
        .area{opacity:.1}
        .unit,.key{color:var(--quiet);font-size:.82rem;margin:0}
        .key,p.unit:last-child{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:6px}
        .x{margin-left:auto}
        .key i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
        .dot0{background:var(--c0)}.dot1{background:var(--c1)}.dot2{background:var(--c2)}.dot3{background:var(--c3)}
        .wide{overflow-x:auto}
        table{border-collapse:separate;border-spacing:0;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:7px 10px;border-bottom:1px solid var(--rule);white-space:nowrap}
        tbody tr:last-child td{border-bottom:0}
        th:first-child,td:first-child{text-align:left;padding-left:0;position:sticky;left:0;background:var(--card)}
        th{color:var(--quiet);font-weight:500;font-size:.82rem}
        @media(max-width:560px){main{padding-top:22px}section{padding:14px}.tick{font-size:22px}h1{font-size:1.3rem}.unit{margin-bottom:4px}
          .figures{grid-template-columns:1fr 1fr}.figures div:last-child:nth-child(odd){grid-column:span 2}}
        @media print{body{background:#fff}section,.figures div{break-inside:avoid}}
        """
}
