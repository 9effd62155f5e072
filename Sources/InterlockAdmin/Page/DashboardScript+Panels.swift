extension DashboardScript {
    /// Everything that is no chart and no table: the headline, the tiles, policies in words, lists of facts.
    static let panels = #"""
        const words = (name) => name.replace(/([A-Z])/g, " $1").replace(/_/g, " ").toLowerCase();

        /* A policy in a few words: its name, what was set, and what its state is where that matters. */
        function policyText({ name, settings, state }) {
          const per = settings.per === "everyone" ? ", all callers" : "";
          switch (name) {
            case "exclusive": return [name, settings.scope === "cluster" ? "all instances" : ""];
            case "concurrency": return [name, `${state.active} of ${settings.limit}${state.waiting ? `, ${state.waiting} waiting` : ""}`, state.active >= settings.limit && state.waiting ? "warn" : ""];
            case "adaptiveConcurrency": return ["adaptive concurrency", `${state.active} of ${state.limit} (${settings.minimum} to ${settings.maximum})${state.waiting ? `, ${state.waiting} waiting` : ""}`, state.active >= state.limit && state.waiting ? "warn" : ""];
            case "queue": return [name, `${settings.depth}${settings.deadline ? ", " + duration(settings.deadline) : ""}${settings.whenFull === "rejectNewest" ? "" : ", " + words(settings.whenFull)}`];
            case "rate": return [name, settings.limits.map((limit) => `${count(limit.count)} per ${duration(limit.period)}`).join(", ") + per + (state.refused ? `, ${count(state.refused)} refused` : "")];
            case "breaker": return [name, words(state.state) + (state.refused ? `, ${count(state.refused)} refused` : ""), breakerLevel(state.state)];
            case "cache": return [name, `${duration(settings.ttl)}${per}, ${state.hits + state.misses ? percent(state.hits / (state.hits + state.misses)) + " hits" : "unused"}`];
            case "coalesce": return [name, `${count(state.joined)} joined`];
            case "timeout": return [name, duration(settings.limit)];
            case "retry": return [name, plural(settings.attempts, "attempt") + (state.retried ? `, ${count(state.retried)} retried, ${count(state.recovered)} recovered` : "")];
            case "hedge": return [name, `after ${duration(settings.after)}` + (state.sent ? `, ${count(state.sent)} sent, ${count(state.won)} won` : "")];
            case "sheddable": return [name, `at ${percent(settings.queueShare)} of the queue`];
            case "idempotent": return [name, duration(settings.keeping)];
            default: return [words(name), ""];
          }
        }

        const breakerLevel = (state) => state === "open" || state === "forcedOpen" ? "bad" : state === "halfOpen" ? "warn" : "";

        function policyChip(policy) {
          const [name, text, level] = policyText(policy);
          return make("span", { class: ("chip " + (level ?? "")).trim() }, make("b", {}, name), text ? " " + text : "");
        }

        /* A list of terms whose values are filled in place. */
        function facts(id, rows) {
          const list = byID(id);
          if (list.children.length !== rows.length * 2 || rows.some(([term], index) => list.children[index * 2].textContent !== term)) {
            list.replaceChildren(...rows.flatMap(([term]) => [make("dt", {}, term), make("dd")]));
          }
          rows.forEach(([, text], index) => setText(list.children[index * 2 + 1], text));
        }

        function tiles(rows) {
          const list = byID("tiles");
          if (list.children.length !== rows.length) {
            list.replaceChildren(...rows.map(([term]) => make("div", {}, make("dt", {}, term), make("dd", { class: "value" }), make("dd", { class: "note" }))));
          }
          rows.forEach(([, value, note], index) => {
            setText(list.children[index].children[1], value);
            setText(list.children[index].children[2], note);
          });
        }

        function items(id, rows, empty) {
          const text = JSON.stringify(rows);
          const list = byID(id);
          if (list.dataset.shown === text) return;
          list.dataset.shown = text;
          if (!rows.length) return list.replaceChildren(make("p", { class: "empty" }, empty));
          list.replaceChildren(...rows.map(({ state, level, name, text }) => make("div", { class: "item" },
            make("p", {}, make("span", { class: "state " + level }, state), " ", name), ...(text ? [make("p", { class: "quiet" }, text)] : []))));
        }

        function show({ sections, points }) {
          const { server, sessions, calls, locks, workers, tools, tenants, slowest, health, rates, process, executor, stores, alerts, stalls } = sections;
          const last = points[points.length - 1];
          const total = tools.reduce((sum, tool) => sum + tool.count, 0);
          const all = rates.all;
          document.title = (health.status === "healthy" ? "" : "! ") + server.name + " – Interlock";
          setText(byID("name"), server.name);
          setText(byID("version"), server.version);
          byID("headline").dataset.level = health.status;
          setText(byID("sentence"), health.sentence);
          tiles([
            ["Calls", count(total), "since the start"],
            ["Calls a second", rate(last.calls), rate(all.calls) + " over a minute"],
            ["Failed", percent(all.failures / (all.calls || 1)), "over a minute"],
            ["p99", duration(all.p99), "p50 " + duration(all.p50)],
            ["In flight", count(last.running + last.waiting), plural(last.waiting, "call") + (last.waiting === 1 ? " waits" : " wait")],
            ["Sessions", count(sessions.count), "of " + count(sessions.limit)],
            ["Memory", bytes(process?.residentBytes), process ? plural(process.threads, "thread") : "not measured"],
            ["Executor delay", duration(executor?.lastDelay), executor ? plural(executor.stalls, "stall") : "not measured"],
          ]);
          for (const chart of chartList) { chart.points = points; chart.draw(); }
          setText(byID("tools-note"), "rates and percentiles of the last minute");
          toolTable.show(tools.map((tool) => ({
            ...tool, rates: rates.tools[tool.name] ?? {}, refused: tool.policies.reduce((sum, policy) => sum + (policy.state?.refused ?? 0), 0) })));
          slowTable.show(slowest.slice(0, 12));
          tenantTable.show(tenants);
          facts("locks", [
            ["Locks held", `${count(locks.holders)} by calls, over ${plural(locks.keysHeld, "key")}`],
            ["Waiting for locks", `${count(locks.waiting)} now, ${count(locks.peakWaiting)} at most`],
            ["Taken after a wait", `${count(locks.contended)} of ${count(locks.acquisitions)}`],
            ["Wait for a lock", `p50 ${duration(locks.waitP50)}, p99 ${duration(locks.waitP99)}`],
            ["Server's places", `${count(calls.active)} of ${count(calls.limit)}, ${count(calls.queued)} of ${count(calls.queueDepth)} queued`],
            ["Turned away", `${count(calls.refused)} for a full queue, ${count(calls.expired)} after waiting`],
            ["Workers", workers ? `${workers.busy} of ${workers.threads} busy, ${count(workers.queued)} queued` : "not used"],
          ]);
          facts("process", [
            ["Sessions by age", sessions.count ? sessions.ages.filter((group) => group.count).map((group) => `${count(group.count)} ${group.below ? "under " + duration(group.below) : "older"}`).join(", ") : "none"],
            ["By revision", Object.entries(sessions.revisions).map(([revision, number]) => `${revision}: ${count(number)}`).join(", ") || none],
            ["Subscriptions", `${count(calls.subscriptions)} of ${count(calls.subscriptionsLimit)}`],
            ["Pending requests", `${bytes(calls.pendingBytes)} of ${bytes(calls.pendingBytesLimit)}`],
            ["Resumable events", bytes(calls.storedEventBytes)],
            ["Processor time", process ? duration(process.cpuSeconds) : "not measured"],
            ["Descriptors", process ? count(process.openDescriptors) + (process.descriptorLimit ? ` of ${count(process.descriptorLimit)}` : "") : "not measured"],
            ["Longest stall", executor ? duration(executor.longestDelay) : "not measured"],
            ...stores.map((store) => ["Store " + store.name, (store.isDegraded ? `degraded since ${clockTime(store.since)} (${words(store.reason)})` : "well") + `, p50 ${duration(store.p50)}, p99 ${duration(store.p99)}`]),
          ]);
          const breakers = tools.flatMap((tool) => tool.policies.filter((policy) => policy.name === "breaker").map((policy) => ({
            state: words(policy.state.state), level: breakerLevel(policy.state.state) || "good", name: tool.name,
            text: `${plural(policy.state.failed, "call")} failed, ${count(policy.state.refused)} kept away` + (policy.state.windowCalls ? `; ${count(policy.state.windowFailures)} of the last ${count(policy.state.windowCalls)} failed` : ""),
          })));
          items("breakers", breakers, "No tool has a breaker.");
          items("stalls", (stalls ?? []).slice(0, 6).map((stall) => ({
            state: duration(stall.seconds), level: stall.hasEnded ? "warn" : "bad", name: clockTime(stall.time) + (stall.tools.length ? " " + stall.tools.join(", ") : ""),
            text: stall.in.length ? stall.in.join(", ") : stall.unsampled ?? "no thread of the pool could be seen",
          })), stalls ? "No stall has been seen." : "Nothing watches the pool.");
          const rank = { firing: 0, pending: 1, resolved: 2 };
          const raised = (alerts ?? []).filter((alert) => alert.phase in rank).sort((one, other) => rank[one.phase] - rank[other.phase]);
          items("alerts", raised.map((alert) => ({
            state: alert.phase, level: alert.phase === "firing" ? (alert.severity === "critical" ? "bad" : "warn") : "quiet", name: alert.name, text: alert.summary,
          })), alerts ? `All quiet: ${plural(alerts.length, "rule")} watched.` : "No alert rules are watched.");
        }
        """#
}
