import InterlockConcurrency
import InterlockJSON
import Logging

/// Writes log records as JSON, one object a line: time, level, logger, message, and the metadata beside them.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    var logLevel: Logger.Level

    private let label: String
    private let output: LogOutput
    private let clock: any SchedulingClock

    init(
        label: String, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil, output: LogOutput = .standardError,
        clock: any SchedulingClock = SystemClock.shared
    ) {
        self.label = label
        self.metadataProvider = metadataProvider
        self.logLevel = level
        self.output = output
        self.clock = clock
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        output.write(LogLine.bytes(
            time: clock.wallTime, level: event.level.rawValue, label: label, message: event.message.description, metadata: all))
    }
}
