internal import InterlockJSON
internal import InterlockProtocol
internal import InterlockTransport

/// What the answer to `server/discover` says about the server. Pure.
///
/// Only a discovery result or one of the modern error codes proves a modern server; anything else, silence included, is a
/// legacy one, because old servers answer an unknown method in every imaginable way.
/// Spec: 2026-07-28, Transports › Backwards Compatibility.
enum EraDecision: Sendable, Equatable {
    /// A modern server that speaks this revision, and what it said of itself.
    case modern(ProtocolRevision, DiscoverResult)
    /// A modern server that wants to be asked in this revision.
    case askAgain(ProtocolRevision)
    /// Send `initialize`.
    case legacy
    /// No revision in common; the server's own list.
    case incompatible([String])
    /// The error stands: a modern server refuses the request itself.
    case refused(ProtocolError)

    init(_ result: DiscoverResult) {
        let known = result.supportedVersions.compactMap(ProtocolRevision.init(rawValue:))
        if let revision = known.filter(\.isModern).max() {
            self = .modern(revision, result)
        } else if known.isEmpty {
            self = .incompatible(result.supportedVersions)
        } else {
            self = .legacy
        }
    }

    init(_ error: ProtocolError, asked: ProtocolRevision) {
        switch error.code {
        case .unsupportedProtocolVersion:
            let supported = error.supportedVersions ?? []
            if let revision = supported.filter(\.isModern).max(), revision != asked {
                self = .askAgain(revision)
            } else if supported.contains(where: { !$0.isModern }) {
                self = .legacy
            } else {
                self = .incompatible(error.data?["supported"]?.array?.compactMap(\.string) ?? [])
            }
        case .headerMismatch, .missingRequiredClientCapability:
            self = .refused(error)
        default:
            self = .legacy
        }
    }

    /// What a failure of the transport means for the probe; `nil` when it is no answer of a legacy server.
    init?(_ error: ClientError) {
        switch error.code {
        case .timedOut, .invalidResponse, .transport: self = .legacy
        default: return nil
        }
    }
}
