/// A thing that a doctor looks at, so that an examination can be narrowed to what is asked.
public enum DoctorSubject: String, Sendable, Hashable, CaseIterable {
    /// How long `tools/list` takes, and how large it is.
    case lists
    /// Each tool alone and several of its calls at once.
    case calls
    /// Whether the server stops for everybody now and then.
    case stalls
    /// What the server keeps of calls, sessions and time.
    case growth
    /// Legacy sessions: lost, or not ended.
    case sessions
    /// A client that asks and does not read.
    case backPressure
    /// Answers against the protocol.
    case protocolRules
}
