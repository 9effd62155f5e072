extension DashboardScript {
    /// The connection: reads events by `fetch`, since that can present a token, and comes back when it is lost.
    static let stream = #"""
        const state = { columns: [], points: [], sections: {} };
        let heardAt = 0, token = "";

        function link(name, text) {
          byID("link").dataset.state = name;
          setText(byID("link-text"), text);
          document.body.dataset.stale = name === "stale";
        }

        function take(event, data) {
          const update = JSON.parse(data);
          if (event === "state") { state.columns = update.columns; state.points = []; state.sections = {}; }
          Object.assign(state.sections, update.sections);
          for (const values of update.points) state.points.push(Object.fromEntries(state.columns.map((name, index) => [name, values[index]])));
          const last = state.points[state.points.length - 1];
          state.points = state.points.filter((point) => point.time > last.time - span);
          heardAt = performance.now();
          link("live", "live");
          if (!document.hidden) show(state);
        }

        /* The fields of one event; comment lines only say that the server lives. */
        function read(text) {
          let event = "message", data = "";
          for (const line of text.split("\n")) {
            if (line.startsWith("event: ")) event = line.slice(7);
            else if (line.startsWith("data: ")) data += line.slice(6);
          }
          if (data) take(event, data);
        }

        async function listen() {
          const abort = new AbortController();
          const watch = setInterval(() => { if (heardAt && performance.now() - heardAt > 15000) abort.abort(); }, 1000);
          try {
            const answer = await fetch("/admin/events", { headers: token ? { authorization: "Bearer " + token } : {}, signal: abort.signal, cache: "no-store" });
            if (answer.status === 401) return "unauthorized";
            if (!answer.ok) return "lost";
            heardAt = performance.now();
            byID("token-form").hidden = true;
            document.body.dataset.locked = false;
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            let rest = "";
            for (;;) {
              const { value, done } = await reader.read();
              if (done) return "lost";
              const parts = (rest + value).split("\n\n");
              rest = parts.pop();
              parts.forEach(read);
            }
          } catch {
            return "lost";
          } finally {
            clearInterval(watch);
          }
        }

        async function run() {
          for (let wait = 500; ; ) {
            const before = heardAt;
            const end = await listen();
            if (end === "unauthorized") return askForToken(token ? "This is not the token of this server." : "");
            if (heardAt !== before) wait = 500;
            await new Promise((resume) => setTimeout(resume, wait * (0.75 + Math.random() / 2)));
            wait = Math.min(wait * 2, 10000);
          }
        }

        function askForToken(problem) {
          link("locked", "needs a token");
          document.body.dataset.locked = true;
          setText(byID("sentence"), "This server shows its figures only for its admin token.");
          setText(byID("token-error"), problem);
          byID("token-form").hidden = false;
          byID("token").focus();
        }

        byID("token-form").addEventListener("submit", (event) => {
          event.preventDefault();
          token = byID("token").value.trim();
          byID("token").value = "";
          link("connecting", "connecting");
          run();
        });

        /* Figures that are old must look old. */
        setInterval(() => {
          if (!heardAt || !byID("token-form").hidden) return;
          const age = (performance.now() - heardAt) / 1000;
          if (age > 3) link("stale", "stale for " + Math.floor(age) + " s");
        }, 500);
        document.addEventListener("visibilitychange", () => { if (!document.hidden && state.points.length) show(state); });

        if (document.documentElement.dataset.needsToken === "true") askForToken(""); else run();
        """#
}
