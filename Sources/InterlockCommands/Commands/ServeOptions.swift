import ArgumentParser

/// The flags of `interlock serve`, kept as texts: each may also come from the environment or a file, and all are read in one place.
struct ServeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address to listen on [127.0.0.1].", valueName: "address")) var host: String?
    @Option(help: ArgumentHelp("Port to listen on; 0 for any [8080].", valueName: "number")) var port: String?
    @Flag(help: "Serve one client on standard input and output instead of HTTP.") var stdio = false
    @Option(help: ArgumentHelp("Folder of Markdown and text to serve [./docs if there is one].", valueName: "folder")) var documents: String?
    @Option(help: ArgumentHelp("Connections and sessions at once [10000].", valueName: "number")) var maxConnections: String?
    @Option(help: ArgumentHelp("Longest life of a connection or session [4h].", valueName: "time")) var connectionTimeout: String?
    @Option(help: ArgumentHelp("Longest time a connection or session goes unused [by profile].", valueName: "time")) var idleTimeout: String?
    @Option(help: ArgumentHelp("interactive (idle 10m) or agent (idle 1h) [interactive].", valueName: "profile")) var sessionProfile: String?
    @Option(help: ArgumentHelp("Calls that run at once [64 per core].", valueName: "number")) var maxInFlight: String?
    @Option(help: ArgumentHelp("Calls that wait for their turn [1000].", valueName: "number")) var queueDepth: String?
    @Option(help: ArgumentHelp("Longest wait of a call [30s].", valueName: "time")) var queueDeadline: String?
    @Option(help: ArgumentHelp("Connections and sessions that wait for a place [1000 and 100].", valueName: "number")) var connectionQueue: String?
    @Option(help: ArgumentHelp("Longest wait for a place, then 503 [5s, sessions 2s].", valueName: "time")) var connectionQueueDeadline: String?
    @Option(help: ArgumentHelp("Largest message [4194304].", valueName: "bytes")) var maxBodyBytes: String?
    @Option(help: ArgumentHelp("Requests that run or wait, together [67108864].", valueName: "bytes")) var pendingBytes: String?
    @Option(help: ArgumentHelp("Unsent output of one stream [1048576].", valueName: "bytes")) var unsentBytes: String?
    @Option(help: ArgumentHelp("Events kept for streams that are resumed, in memory or SQLite; not with --redis [67108864].", valueName: "bytes")) var eventStoreBytes: String?
    @Option(help: ArgumentHelp("Longest time a client may take nothing of what it is sent [30s].", valueName: "time")) var writeDeadline: String?
    @Option(help: ArgumentHelp("Silence after which a stream shows that it lives [15s].", valueName: "time")) var heartbeat: String?
    @Option(help: ArgumentHelp("Names accepted in Host besides loopback; * for all.", valueName: "a,b")) var allowedHosts: [String] = []
    @Option(help: ArgumentHelp("Origins that browsers may call from; * for all.", valueName: "a,b")) var allowedOrigins: [String] = []
    @Option(help: ArgumentHelp("Proxies whose X-Forwarded-For is believed.", valueName: "net,net")) var trustedProxies: [String] = []
    @Option(help: ArgumentHelp("memory, or sqlite:PATH to keep sessions and state over a restart [memory].", valueName: "store")) var sessionStore: String?
    @Option(help: ArgumentHelp("Rates while another process holds the SQLite file: deny, allow or local:0.5 of each limit [local:1].", valueName: "rule")) var sqliteFallback: String?
    @Option(help: ArgumentHelp("Longest wait for a rate in the SQLite file; other writes ten times that [50ms].", valueName: "time")) var sqliteBudget: String?
    @Option(help: ArgumentHelp("Redis that instances share: sessions, streams, state, limits, locks (redis://host:port/0?prefix=x).", valueName: "url")) var redis: String?
    @Option(help: ArgumentHelp("Rates while Redis is away: deny, allow or local:0.5 of each limit [local:0.5].", valueName: "rule")) var redisFallback: String?
    @Option(help: ArgumentHelp("Connections to each Redis server; over pool= in its URL [2].", valueName: "number")) var connectionPoolSize: String?
    @Option(help: ArgumentHelp("File of 32 secret bytes that instances share, for questions to users (requestState).", valueName: "file")) var requestStateKey: String?
    @Option(help: ArgumentHelp("Who may call: issuers, API keys, scopes (JSON; docs/authorization.md).", valueName: "file")) var auth: String?
    @Flag(help: "Listen on an address that others reach without asking for credentials.") var allowUnauthenticated = false
    @Option(help: ArgumentHelp("Tenants and what each may use (docs/tenants.md): a file, read again on SIGHUP, or store.", valueName: "file")) var tenants: String?
    @Option(help: ArgumentHelp("Where traces go, over OTLP/HTTP in JSON (http://host:4318/v1/traces).", valueName: "url")) var otlp: String?
    @Option(help: ArgumentHelp("Share of calls that are traced unless their request says [1].", valueName: "0-1")) var traceRatio: String?
    @Option(help: ArgumentHelp("Port of the admin listener: metrics, health, dashboard; 0 for any [none].", valueName: "number")) var adminPort: String?
    @Option(help: ArgumentHelp("Address of the admin listener; any but loopback needs a token [127.0.0.1].", valueName: "address")) var adminHost: String?
    @Option(help: ArgumentHelp("File with the token that the admin listener asks for.", valueName: "file")) var adminToken: String?
    @Option(help: ArgumentHelp("Names accepted in Host by the admin listener besides loopback and its address; * for all.", valueName: "a,b")) var adminAllowedHosts: [String] = []
    @Option(help: ArgumentHelp("Rules of alerts (JSON) in place of the stock ones.", valueName: "file")) var alerts: String?
    @Option(help: ArgumentHelp("Where alerts are posted [the log].", valueName: "url")) var alertWebhook: String?
    @Option(help: ArgumentHelp("File with the secret that signs them.", valueName: "file")) var alertSecret: String?
    @Option(help: ArgumentHelp("Drain and exit with 75, for a restart, when the process is larger than this.", valueName: "bytes")) var maxRss: String?
    @Option(help: ArgumentHelp("Certificate chain (PEM); with --tls-key.", valueName: "file")) var tlsCert: String?
    @Option(help: ArgumentHelp("Private key (PEM); with --tls-cert.", valueName: "file")) var tlsKey: String?
    @Option(help: ArgumentHelp("JSON file of these settings, by their names without dashes in front.", valueName: "file")) var config: String?
    @Option(help: ArgumentHelp("Policies by the names of tools, over what their authors declared.", valueName: "json")) var toolPolicies: String?
    @Flag(help: "Remove the locks, limits and workers of the tools, to see what then goes wrong.") var unsafeDemo = false
    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical [info].", valueName: "level")) var logLevel: String?
    @Option(help: ArgumentHelp("Longest time calls in flight get at shutdown [30s].", valueName: "time")) var drainDeadline: String?
    @Option(help: ArgumentHelp("How long kept connections are served on at shutdown, each until its next answer [2s].", valueName: "time")) var drainGrace: String?

    /// The flags that were given, by setting.
    var given: [Setting: String] {
        let texts: [(Setting, String?)] = [
            (.host, host), (.port, port), (.documents, documents), (.maxConnections, maxConnections),
            (.connectionTimeout, connectionTimeout), (.idleTimeout, idleTimeout), (.sessionProfile, sessionProfile),
            (.maxInFlight, maxInFlight), (.queueDepth, queueDepth), (.queueDeadline, queueDeadline),
            (.connectionQueue, connectionQueue), (.connectionQueueDeadline, connectionQueueDeadline), (.maxBodyBytes, maxBodyBytes),
            (.pendingBytes, pendingBytes), (.unsentBytes, unsentBytes), (.eventStoreBytes, eventStoreBytes), (.writeDeadline, writeDeadline),
            (.heartbeat, heartbeat), (.allowedHosts, allowedHosts.joinedOrNil), (.allowedOrigins, allowedOrigins.joinedOrNil),
            (.trustedProxies, trustedProxies.joinedOrNil), (.sessionStore, sessionStore), (.sqliteFallback, sqliteFallback), (.sqliteBudget, sqliteBudget), (.tlsCert, tlsCert), (.tlsKey, tlsKey),
            (.redis, redis), (.redisFallback, redisFallback), (.connectionPoolSize, connectionPoolSize), (.requestStateKey, requestStateKey), (.auth, auth),
            (.tenants, tenants), (.otlp, otlp), (.traceRatio, traceRatio), (.maxRSS, maxRss),
            (.adminHost, adminHost), (.adminPort, adminPort), (.adminToken, adminToken), (.adminAllowedHosts, adminAllowedHosts.joinedOrNil), (.alerts, alerts),
            (.alertWebhook, alertWebhook), (.alertSecret, alertSecret),
            (.allowUnauthenticated, allowUnauthenticated ? "true" : nil), (.toolPolicies, toolPolicies), (.logLevel, logLevel), (.drainDeadline, drainDeadline),
            (.drainGrace, drainGrace), (.stdio, stdio ? "true" : nil), (.unsafeDemo, unsafeDemo ? "true" : nil),
        ]
        return Dictionary(uniqueKeysWithValues: texts.compactMap { setting, text in text.map { (setting, $0) } })
    }

    /// All layers together. A file may also be named by `INTERLOCK_CONFIG`.
    func settings(environment: [String: String]) throws(SettingsError) -> ServeSettings {
        var file: (path: String, settings: [Setting: String])?
        if let path = config ?? environment["INTERLOCK_CONFIG"] { file = (path, try SettingsFile.read(path)) }
        return try ServeSettings(SettingsLayers(flags: given, environment: environment, file: file))
    }
}

extension [String] {
    fileprivate var joinedOrNil: String? { isEmpty ? nil : joined(separator: ",") }
}
