import Logging
import Synchronization

/// Keeps what is logged as a warning or worse.
final class LogMessages: Sendable {
    private struct Handler: LogHandler {
        let messages: LogMessages
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { messages.kept.withLock { $0.append(("\(event.message)", event.metadata?["event"].map { "\($0)" })) } }
    }

    private let kept = Mutex<[(text: String, event: String?)]>([])
    var logger: Logger { Logger(label: "test") { _ in Handler(messages: self) } }

    /// The names that errors and warnings of the server bear, in their order.
    var events: [String] { kept.withLock { $0.compactMap(\.event) } }

    /// How many messages have this text in them.
    func count(_ text: String) -> Int { kept.withLock { $0.count { $0.text.contains(text) } } }
}
