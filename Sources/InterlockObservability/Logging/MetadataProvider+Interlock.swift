public import Instrumentation
import InterlockTransport
public import Logging

extension Logger.MetadataProvider {
    /// Adds `trace_id`, `span_id`, `request_id`, `session_id` and `tenant_id` of the current task to each line: those that are known.
    ///
    /// One line installs it, before the first logger is made:
    ///
    /// ```swift
    /// LoggingSystem.bootstrap(StreamLogHandler.standardError, metadataProvider: .interlock)
    /// ```
    ///
    /// Calls keep themselves ready to be named from the first use of this on; the names are put together when a line is written, and never before. Ids
    /// may come from outside, so they are cut at 64 characters and control characters in them become `?`: an id cannot forge a line.
    public static let interlock = {
        LogIdentity.want()
        return Logger.MetadataProvider {
            let context = ServiceContext.current
            return metadata(context?.traceContext, LogIdentity.current ?? context?.logIdentity)
        }
    }()

    /// What ``interlock`` adds for a context.
    public static func metadata(of context: ServiceContext) -> Logger.Metadata { metadata(context.traceContext, context.logIdentity) }

    private static func metadata(_ trace: TraceContext?, _ identity: LogIdentity?) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let trace {
            metadata["trace_id"] = .string(trace.traceID.description)
            metadata["span_id"] = .string(trace.spanID.description)
        }
        if let identity {
            if let id = identity.requestID { metadata["request_id"] = .string(printable(id)) }
            if let id = identity.sessionID { metadata["session_id"] = .string(printable(id)) }
            if let id = identity.tenantID { metadata["tenant_id"] = .string(printable(id)) }
        }
        return metadata
    }

    private static func printable(_ id: String) -> String {
        var text = ""
        for scalar in id.unicodeScalars.prefix(64) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
