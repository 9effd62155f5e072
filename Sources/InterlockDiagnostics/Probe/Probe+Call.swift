public import InterlockJSON

extension Probe {
    /// A tool that is called once in each era.
    public struct Call: Sendable {
        public var tool: String
        public var arguments: RawJSON
        /// Whether it is called though the server does not list it with `readOnlyHint`.
        public var evenIfItWrites: Bool

        /// Names a tool with its arguments.
        public init(tool: String, arguments: RawJSON, evenIfItWrites: Bool = false) {
            self.tool = tool
            self.arguments = arguments
            self.evenIfItWrites = evenIfItWrites
        }

        /// How the step ends without a call, and why; `nil` where it may be called.
        ///
        /// - Parameter tools: as the server lists them; `nil` where it did not.
        func refusal(_ tools: [JSONValue]?) -> (status: ProbeReport.Status, reason: String)? {
            if evenIfItWrites { return nil }
            guard let tools else { return (.skipped, "\(tool) was not called: the tools could not be listed, so nobody knows whether it only reads") }
            guard let listed = tools.first(where: { $0["name"]?.string == tool }) else { return (.failed, "the server lists no tool \(tool)") }
            if listed["annotations"]?["readOnlyHint"]?.bool == true { return nil }
            return (.skipped, "\(tool) was not called: it does not say that it only reads (readOnlyHint); --even-if-it-writes calls it all the same")
        }
    }
}
