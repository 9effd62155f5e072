/// How a tracer records and exports.
public struct OTLPConfiguration: Sendable, Hashable {
    /// Which traces are recorded.
    public var sampler: TraceSampler
    /// How much one span may hold.
    public var limits: SpanLimits
    /// Whether the text of errors is recorded beside their type. Off by default: errors of others may quote what they were given.
    public var recordsErrorMessages: Bool
    /// How spans are gathered, tried again and given up.
    public var delivery: OutboxConfiguration

    /// Makes a configuration.
    public init(
        sampler: TraceSampler = .parentBased(root: .always), limits: SpanLimits = .init(), recordsErrorMessages: Bool = false,
        delivery: OutboxConfiguration = .init()
    ) {
        self.sampler = sampler
        self.limits = limits
        self.recordsErrorMessages = recordsErrorMessages
        self.delivery = delivery
    }
}
