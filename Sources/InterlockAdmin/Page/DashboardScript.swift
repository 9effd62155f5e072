/// What the page does: listens to `/admin/events` and shows what it is told.
///
/// Text from the server enters the document as text only, never as markup.
enum DashboardScript {
    static let javaScript = "\"use strict\";\n" + [basics, charts, tables, panels, stream].joined(separator: "\n")

    /// Numbers as people read them, and elements.
    private static let basics = #"""
        const byID = (id) => document.getElementById(id);
        const none = "–";

        function make(tag, attributes = {}, ...children) {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
          element.append(...children);
          return element;
        }

        /* Leaves what is right as it is, so that nothing moves, and nobody who listens is told twice. */
        function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

        const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
        const count = (value) => value == null ? none : integer.format(value);
        const plural = (value, word) => count(value) + " " + word + (value === 1 ? "" : "s");
        function rate(value) { return value == null ? none : value === 0 ? "0" : value < 10 ? value.toFixed(value < 1 ? 2 : 1) : count(value); }
        function percent(share) { return share === 0 ? "0 %" : share < 0.001 ? "<0.1 %" : (share * 100).toFixed(share < 0.1 ? 1 : 0) + " %"; }

        function duration(seconds) {
          if (seconds == null) return none;
          if (seconds === 0) return "0 ms";
          if (seconds < 0.001) return Math.max(1, Math.round(seconds * 1e6)) + " µs";
          if (seconds < 1) return (seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0) + " ms";
          if (seconds < 60) return +seconds.toFixed(seconds < 10 ? 2 : 1) + " s";
          if (seconds < 7200) return +(seconds / 60).toFixed(1) + " min";
          return +(seconds / 3600).toFixed(1) + " h";
        }

        function bytes(value) {
          if (value == null) return none;
          if (value < 1024) return value + " B";
          const units = ["KB", "MB", "GB", "TB"];
          let index = -1;
          do { value /= 1024; index += 1; } while (value >= 1024 && index < units.length - 1);
          return value.toFixed(value < 10 ? 1 : 0) + " " + units[index];
        }

        const clockTime = (wallTime) => new Date(wallTime).toLocaleTimeString("en-GB");
        """#

    /// Line charts over the last five minutes, drawn anew each second.
    private static let charts = #"""
        const svgNames = "http://www.w3.org/2000/svg";
        const span = 300000;

        function svg(tag, attributes) {
          const element = document.createElementNS(svgNames, tag);
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          return element;
        }

        /* The smallest round number that is not below the greatest value, so that the scale stays put. */
        function roundUp(value, least, base) {
          if (!(value > least)) return least;
          const power = base ** Math.floor(Math.log(value) / Math.log(base));
          const steps = base === 1024 ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] : [1, 2, 5, 10];
          return power * steps.find((step) => step * power >= value);
        }

        class Chart {
          constructor({ title, series, format, least, base = 10, area = false }) {
            Object.assign(this, { series, format, least, base, area });
            this.at = make("span", { class: "at" });
            this.values = series.map(() => make("b", {}, none));
            const keys = series.map((line, index) =>
              make("span", { class: "key" }, make("span", { class: "swatch " + line.colour, "aria-hidden": "true" }), line.name + " ", this.values[index]));
            this.svg = svg("svg", { role: "img", "aria-label": title });
            this.element = make("div", { class: "panel chart" }, make("h3", {}, title, this.at), make("p", { class: "keys" }, ...keys), this.svg);
            this.points = [];
            this.svg.addEventListener("pointermove", (event) => this.point(event.offsetX));
            this.svg.addEventListener("pointerleave", () => { this.pointer = null; this.draw(); });
            new ResizeObserver(() => this.draw()).observe(this.svg);
          }

          point(x) { this.pointer = x; this.draw(); }

          draw() {
            const width = this.svg.clientWidth, height = this.svg.clientHeight;
            if (!width) return;
            const left = 52, right = width - 6, top = 8, bottom = height - 20;
            const last = this.points.length ? this.points[this.points.length - 1].time : 0;
            const x = (time) => right - (last - time) / span * (right - left);
            let most = 0;
            for (const point of this.points) for (const line of this.series) most = Math.max(most, line.value(point) ?? 0);
            let scale = roundUp(most, this.least, this.base);
            if (this.format === count) scale += scale % 2; // the middle of the scale is a whole number too
            const y = (value) => bottom - value / scale * (bottom - top);
            const parts = [];
            for (let step = 0; step <= 4; step += 1) {
              const line = y(scale * step / 4) + 0.5 | 0;
              parts.push(svg("line", { class: "grid", x1: left, x2: right, y1: line + 0.5, y2: line + 0.5 }));
              if (step % 2) continue;
              const label = svg("text", { class: "axis", x: left - 8, y: line + 4, "text-anchor": "end" });
              label.textContent = this.format(scale * step / 4);
              parts.push(label);
            }
            for (let minute = 0; minute < 5; minute += width < 360 ? 2 : 1) {
              const label = svg("text", { class: "axis", x: right - minute / 5 * (right - left), y: height - 4, "text-anchor": minute === 0 ? "end" : "middle" });
              label.textContent = minute === 0 ? "now" : "−" + minute + " min";
              parts.push(label);
            }
            for (const line of this.series) parts.push(...this.lines(line, x, y, bottom));
            const shown = this.shownPoint(x, left, right);
            if (shown && this.pointer != null) parts.push(svg("line", { class: "cross", x1: x(shown.time), x2: x(shown.time), y1: top, y2: bottom }));
            this.series.forEach((line, index) => setText(this.values[index], shown ? this.format(line.value(shown)) : none));
            setText(this.at, shown && this.pointer != null ? clockTime(shown.time) : "");
            this.svg.replaceChildren(...parts);
          }

          /* A gap in the values is a gap in the line. */
          lines(line, x, y, bottom) {
            let path = "", area = "", open = false, start = 0, end = 0;
            for (const point of this.points) {
              const value = line.value(point);
              if (value == null) {
                if (open && this.area) area += `L${end} ${bottom}L${start} ${bottom}Z`;
                open = false;
                continue;
              }
              end = x(point.time).toFixed(1);
              const place = end + " " + y(value).toFixed(1);
              if (!open) start = end;
              path += (open ? "L" : "M") + place;
              area += (open ? "L" : "M") + place;
              open = true;
            }
            if (open && this.area) area += `L${end} ${bottom}L${start} ${bottom}Z`;
            const drawn = [svg("path", { class: line.colour, d: path })];
            if (this.area && line.colour === "a") drawn.unshift(svg("path", { class: "area", d: area }));
            return drawn;
          }

          shownPoint(x, left, right) {
            if (this.pointer == null) return this.points[this.points.length - 1];
            const place = Math.min(right, Math.max(left, this.pointer));
            let best;
            for (const point of this.points) if (!best || Math.abs(x(point.time) - place) < Math.abs(x(best.time) - place)) best = point;
            return best;
          }
        }

        const chartList = [
          new Chart({ title: "Calls a second", format: rate, least: 1, area: true, series: [
            { name: "all", colour: "a", value: (point) => point.calls }, { name: "failed", colour: "c", value: (point) => point.failures }] }),
          new Chart({ title: "Time to answer", format: duration, least: 0.001, series: [
            { name: "p50", colour: "a", value: (point) => point.p50 }, { name: "p95", colour: "b", value: (point) => point.p95 },
            { name: "p99", colour: "c", value: (point) => point.p99 }] }),
          new Chart({ title: "Calls in flight", format: count, least: 4, area: true, series: [
            { name: "running", colour: "a", value: (point) => point.running }, { name: "waiting", colour: "b", value: (point) => point.waiting }] }),
          new Chart({ title: "Executor delay", format: duration, least: 0.01, area: true, series: [
            { name: "last task", colour: "a", value: (point) => point.executorDelay }] }),
          new Chart({ title: "Memory", format: bytes, least: 1 << 24, base: 1024, area: true, series: [
            { name: "resident", colour: "a", value: (point) => point.residentBytes }] }),
          new Chart({ title: "Sessions", format: count, least: 4, area: true, series: [
            { name: "open", colour: "a", value: (point) => point.sessions }] }),
        ];
        byID("charts").replaceChildren(...chartList.map((chart) => chart.element));
        """#
}
