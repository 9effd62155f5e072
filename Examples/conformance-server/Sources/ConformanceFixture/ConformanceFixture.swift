public import Interlock

/// The server the MCP conformance suite expects: tools, resources and prompts by fixed names, with fixed texts.
///
/// One server answers both eras; what the suite asks for in one era only behaves sensibly in the other.
public enum ConformanceFixture {
    /// Makes the server.
    public static func server() throws -> Server {
        var configuration = ServerConfiguration(
            name: "interlock-conformance-server", version: "1.0.0", instructions: "The fixture of the MCP conformance suite.")
        configuration.dynamicFeatures = [.tools, .resources, .prompts]
        return try Server(configuration: configuration) { features }
    }

    /// Everything the server offers, a group a file.
    @FeatureBuilder
    public static var features: [any Feature] {
        contentTools
        callTools
        legacyInputTools
        schemaTools
        streamTools
        inputTools
        inputRoundTools
        jobTools
        resources
        prompts
        inputPrompts
    }
}
