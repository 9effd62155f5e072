import InterlockJSON

extension ClientCapabilities {
    /// What of `required` these capabilities lack, in the shape of ``ProtocolError/missingRequiredClientCapability(_:message:)``;
    /// nil if nothing is lacking.
    public func missing(from required: ClientCapabilities) -> ClientCapabilities? {
        var lacking = ClientCapabilities()
        if let wanted = required.elicitation {
            let form = wanted.supportsForm && elicitation?.supportsForm != true
            let url = wanted.supportsURL && elicitation?.supportsURL != true
            if form || url { lacking.elicitation = Elicitation(form: form && url ? [:] : nil, url: url ? [:] : nil) }
        }
        if let wanted = required.sampling {
            let tools = wanted.tools != nil && sampling?.tools == nil
            let context = wanted.context != nil && sampling?.context == nil
            if sampling == nil || tools || context {
                lacking.sampling = Sampling(context: context ? [:] : nil, tools: tools ? [:] : nil)
            }
        }
        if required.roots != nil, roots == nil { lacking.roots = Roots() }
        for (name, settings) in required.extensions ?? [:] where extensions?[name] == nil {
            lacking.extensions = lacking.extensions ?? [:]
            lacking.extensions?[name] = settings
        }
        return lacking == ClientCapabilities() ? nil : lacking
    }
}
