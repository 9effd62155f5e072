extension DashboardScript {
    /// Tables whose rows stay where they are while their cells change, sorted by buttons in the head.
    static let tables = #"""
        class Table {
          constructor(id, columns, { sort, empty, key }) {
            Object.assign(this, { columns, key, empty, sort: sort ?? null, down: true, rows: [] });
            this.element = byID(id);
            this.heads = columns.map((column) => {
              const head = make("th", { scope: "col", class: [column.text ? "text" : "", column.wide ?? "", column.value ? "" : "plain"].join(" ").trim() || undefined });
              if (column.value && sort) {
                const button = make("button", { type: "button" }, column.title);
                button.addEventListener("click", () => this.sortBy(column.title));
                head.append(button);
              } else {
                head.append(column.title);
              }
              return head;
            });
            this.body = make("tbody");
            this.element.replaceChildren(make("thead", {}, make("tr", {}, ...this.heads)), this.body);
            this.known = new Map();
          }

          sortBy(title) {
            this.down = this.sort === title ? !this.down : !this.columns.find((column) => column.title === title).text;
            this.sort = title;
            this.show(this.rows);
          }

          show(rows) {
            this.rows = rows;
            const column = this.columns.find((column) => column.title === this.sort);
            this.columns.forEach((each, index) => {
              if (each === column) this.heads[index].setAttribute("aria-sort", this.down ? "descending" : "ascending");
              else this.heads[index].removeAttribute("aria-sort");
            });
            const sorted = column ? [...rows].sort((one, other) => this.compare(column, one, other)) : rows;
            if (!sorted.length) {
              this.known.clear();
              this.body.replaceChildren(make("tr", {}, make("td", { class: "quiet text full", colspan: this.columns.length }, this.empty)));
              return;
            }
            const now = new Map();
            const elements = sorted.map((row) => {
              const key = this.key(row);
              const element = this.known.get(key) ?? this.makeRow();
              now.set(key, element);
              this.columns.forEach((column, index) => this.fill(element.children[index], column, row));
              return element;
            });
            this.known = now;
            const isSame = this.body.children.length === elements.length && elements.every((element, index) => this.body.children[index] === element);
            if (!isSame) this.body.replaceChildren(...elements);
          }

          makeRow() {
            return make("tr", {}, ...this.columns.map((column, index) => index === 0
              ? make("th", { scope: "row" })
              : make("td", { class: [column.text ? "text" : "", column.wide ?? ""].join(" ").trim() || undefined, "data-label": column.title })));
          }

          fill(cell, column, row) {
            if (column.isBad) cell.classList.toggle("bad", column.isBad(row));
            if (!column.nodes) return setText(cell, column.show(row));
            const text = JSON.stringify(column.show(row));
            if (cell.dataset.shown === text) return;
            cell.dataset.shown = text;
            cell.replaceChildren(...column.nodes(row));
          }

          /* What has no number comes last, whichever way. */
          compare(column, one, other) {
            const [left, right] = [column.value(one), column.value(other)];
            if (left == null || right == null) return (left == null) - (right == null) || (this.key(one) < this.key(other) ? -1 : 1);
            const order = typeof left === "string" ? left.localeCompare(right) : left - right;
            return (this.down ? -order : order) || (this.key(one) < this.key(other) ? -1 : 1);
          }
        }

        const toolTable = new Table("tools-table", [
          { title: "Tool", text: true, value: (tool) => tool.name, show: (tool) => tool.name },
          { title: "Calls", value: (tool) => tool.count, show: (tool) => count(tool.count) },
          { title: "Calls/s", value: (tool) => tool.rates.calls, show: (tool) => rate(tool.rates.calls) },
          { title: "Failed", value: (tool) => tool.rates.failures / (tool.rates.calls || 1), show: (tool) => percent(tool.rates.failures / (tool.rates.calls || 1)),
            isBad: (tool) => tool.rates.failures > 0.05 * tool.rates.calls },
          { title: "p50", value: (tool) => tool.rates.p50, show: (tool) => duration(tool.rates.p50) },
          { title: "p95", value: (tool) => tool.rates.p95, show: (tool) => duration(tool.rates.p95) },
          { title: "p99", value: (tool) => tool.rates.p99, show: (tool) => duration(tool.rates.p99) },
          { title: "Running", value: (tool) => tool.running, show: (tool) => count(tool.running) },
          { title: "Waiting", value: (tool) => tool.waiting, show: (tool) => count(tool.waiting) },
          { title: "Refused", value: (tool) => tool.refused, show: (tool) => count(tool.refused) },
          { title: "Policies", text: true, wide: "policies full", show: (tool) => tool.policies.map(policyText), nodes: (tool) => tool.policies.map(policyChip) },
        ], { sort: "Calls/s", empty: "No tools are offered.", key: (tool) => tool.name });

        const slowTable = new Table("slow-table", [
          { title: "What", text: true, show: (call) => call.name ?? call.operation },
          { title: "Took", show: (call) => duration(call.duration) },
          { title: "Waited", show: (call) => duration(call.wait) },
          { title: "At", show: (call) => clockTime(call.startedAt) },
          { title: "Ended", text: true, show: (call) => words(call.outcome), isBad: (call) => call.outcome !== "ok" },
          { title: "Tenant", text: true, show: (call) => call.tenant ?? none },
          { title: "Trace", text: true, wide: "rest", show: (call) => call.traceID ?? none, nodes: (call) => [call.traceID ? make("code", {}, call.traceID) : none] },
        ], { empty: "No calls yet.", key: (call) => [call.startedAt, call.operation, call.name, call.duration, call.traceID].join("|") });

        const tenantTable = new Table("tenants-table", [
          { title: "Tenant", text: true, value: (tenant) => tenant.name, show: (tenant) => tenant.name },
          { title: "Calls", value: (tenant) => tenant.calls, show: (tenant) => count(tenant.calls) },
          { title: "Failed", value: (tenant) => tenant.failures, show: (tenant) => count(tenant.failures) },
          { title: "Share failed", value: (tenant) => tenant.failures / (tenant.calls || 1), show: (tenant) => percent(tenant.failures / (tenant.calls || 1)) },
        ], { sort: "Calls", empty: "No calls of any tenant.", key: (tenant) => tenant.name });
        """#
}
