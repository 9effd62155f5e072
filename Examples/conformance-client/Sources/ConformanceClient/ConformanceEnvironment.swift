import InterlockClient
import InterlockJSON
import InterlockProtocol

/// What the suite tells the client in environment variables.
struct ConformanceEnvironment {
    /// The scenario's name; empty when the client is started by hand.
    var scenario: String
    /// How to speak to the server.
    var era: ClientConfiguration.Era
    /// Tool calls the scenario asks for, with their arguments.
    var toolCalls: [(name: String, arguments: RawJSON)]

    init(_ variables: [String: String]) throws {
        scenario = variables["MCP_CONFORMANCE_SCENARIO"] ?? ""
        let revision = variables["MCP_CONFORMANCE_PROTOCOL_VERSION"].flatMap(ProtocolRevision.init(rawValue:))
        era = switch revision {
        case nil: .automatic
        // A modern server is asked what it speaks first, as the scenarios about discovery expect.
        case let revision? where revision.isModern: .automatic
        case let revision?: .legacy(revision)
        }
        let context = try variables["MCP_CONFORMANCE_CONTEXT"].map { try RawJSON(parsing: $0) }
        toolCalls = (context?["toolCalls"]?.elements ?? []).compactMap { call in
            call["name"]?.string.map { ($0, call["arguments"] ?? .emptyObject) }
        }
    }
}
