/// The names of what the event store keeps: a session's keys on one node of a cluster.
struct EventKeys: Sendable {
    let prefix: String

    /// The events of a stream.
    func stream(_ session: String, _ stream: UInt32) -> String { "\(prefix)events:{\(KeySpace.escaped(session))}:\(stream)" }

    /// The table of a session's streams and their owners.
    func index(_ session: String) -> String { "\(prefix)owners:{\(KeySpace.escaped(session))}" }

    /// Where followers hear of a stream's events.
    func channel(_ session: String, _ stream: UInt32) -> String { "\(prefix)event:{\(KeySpace.escaped(session))}:\(stream)" }
}
