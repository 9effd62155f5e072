import InterlockJSON

extension ServerConfiguration {
    /// Policies for a tool that is not there would protect nothing.
    func checkToolPolicies(offered: [String]) throws(FeatureError) {
        guard !dynamicFeatures.contains(.tools) else { return }
        for name in toolPolicies.keys.sorted() where !offered.contains(name) {
            let nearest = NearestName.of(name, among: offered).map { "; did you mean '\($0)'?" } ?? "."
            throw FeatureError(feature: "tool '\(name)'", message: "policies are configured for it, but there is no such tool\(nearest) There are \(offered.sorted().joined(separator: ", "))")
        }
    }
}
