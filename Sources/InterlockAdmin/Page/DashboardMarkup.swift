/// The skeleton of the page: every place the script fills, in reading order, with its size from the start.
enum DashboardMarkup {
    static let body = """
        <a class="skip" href="#tools">Skip to the tools</a>
        <header>
          <div class="title">
            <h1 id="name">Interlock</h1><span id="version" class="quiet"></span>
          </div>
          <p id="link" class="link" data-state="connecting"><span class="dot" aria-hidden="true"></span><span id="link-text">connecting</span></p>
        </header>
        <main>
          <form id="token-form" class="panel" hidden>
            <label for="token">Admin token</label>
            <input id="token" type="password" autocomplete="off" spellcheck="false" required>
            <button type="submit">Open</button>
            <p id="token-error" class="bad-text" role="alert"></p>
          </form>
          <p id="headline" class="headline" data-level="unknown" aria-live="polite"><span class="mark" aria-hidden="true"></span><span id="sentence">Waiting for the first figures.</span></p>
          <dl id="tiles" class="tiles"></dl>
          <section aria-labelledby="charts-title">
            <h2 id="charts-title">Last five minutes</h2>
            <div id="charts" class="charts"></div>
          </section>
          <section id="tools" class="panel" aria-labelledby="tools-title" tabindex="-1">
            <h2 id="tools-title">Tools <span id="tools-note" class="quiet"></span></h2>
            <table class="wide" id="tools-table"></table>
          </section>
          <div class="columns">
            <div class="column">
              <section class="panel" aria-labelledby="slow-title">
                <h2 id="slow-title">Slowest calls <span class="quiet">of the last five minutes</span></h2>
                <table class="wide" id="slow-table"></table>
              </section>
              <section class="panel" aria-labelledby="tenants-title">
                <h2 id="tenants-title">Tenants <span class="quiet">since the start</span></h2>
                <table class="wide" id="tenants-table"></table>
              </section>
            </div>
            <div class="column">
              <section class="panel" aria-labelledby="alerts-title">
                <h2 id="alerts-title">Alerts</h2>
                <div id="alerts"></div>
              </section>
              <section class="panel" aria-labelledby="stalls-title">
                <h2 id="stalls-title">Stalls <span class="quiet">of the cooperative pool</span></h2>
                <div id="stalls"></div>
              </section>
              <section class="panel" aria-labelledby="breakers-title">
                <h2 id="breakers-title">Breakers</h2>
                <div id="breakers"></div>
              </section>
              <section class="panel" aria-labelledby="locks-title">
                <h2 id="locks-title">Locks, workers, queue</h2>
                <dl id="locks" class="facts"></dl>
              </section>
              <section class="panel" aria-labelledby="process-title">
                <h2 id="process-title">Sessions, process, stores</h2>
                <dl id="process" class="facts"></dl>
              </section>
            </div>
          </div>
        </main>
        """
}
