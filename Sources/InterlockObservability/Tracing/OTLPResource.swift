public import Tracing

/// Who records the spans: the service, and what is true of all that it records. OpenTelemetry semantic conventions, "Resource".
public struct OTLPResource: Sendable, Equatable {
    /// What is true of the process, `service.name` among it.
    public var attributes: SpanAttributes

    /// Makes a resource.
    public init(serviceName: String, serviceVersion: String? = nil, instanceID: String? = nil, attributes: SpanAttributes = [:]) {
        self.attributes = attributes
        self.attributes.set("service.name", value: .string(serviceName))
        if let serviceVersion { self.attributes.set("service.version", value: .string(serviceVersion)) }
        if let instanceID { self.attributes.set("service.instance.id", value: .string(instanceID)) }
    }
}
