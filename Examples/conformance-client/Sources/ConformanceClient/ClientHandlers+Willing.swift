import InterlockClient
import InterlockProtocol

extension ClientHandlers {
    /// A user who agrees to everything, and a model with one answer.
    static var willing: ClientHandlers {
        var handlers = ClientHandlers()
        // Every field is left empty, so that the client fills in the form's defaults; what has none gets a plausible value.
        handlers.elicitForm = { params in
            guard case .form(let form) = params.mode else { return .decline }
            return .accept(SampleValues.content(for: form))
        }
        handlers.sampling = { params in
            CreateMessageResult(content: .text("This is a sampled answer."), model: "conformance-model", stopReason: .endTurn)
        }
        handlers.roots = { [Root(uri: "file:///conformance", name: "conformance")] }
        return handlers
    }
}
