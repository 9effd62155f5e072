/// Something a server offers: a tool, a resource, a resource template, a prompt.
///
/// Only the types of this module conform; a server author composes them in a ``FeatureBuilder`` block.
public protocol Feature: Sendable {
    /// Adds the feature to a set; throws ``FeatureError`` when its definition is unusable.
    func register(in features: inout FeatureSet) throws
}

/// Collects features: `Server(…) { Tool(…) {…}; Resource(…) {…}; if debug { Tool(…) {…} } }`.
@resultBuilder
public enum FeatureBuilder {
    public static func buildExpression(_ feature: some Feature) -> [any Feature] { [feature] }
    public static func buildExpression(_ features: [any Feature]) -> [any Feature] { features }
    public static func buildBlock(_ parts: [any Feature]...) -> [any Feature] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [any Feature]?) -> [any Feature] { part ?? [] }
    public static func buildEither(first part: [any Feature]) -> [any Feature] { part }
    public static func buildEither(second part: [any Feature]) -> [any Feature] { part }
    public static func buildArray(_ parts: [[any Feature]]) -> [any Feature] { parts.flatMap { $0 } }
}

/// A feature that cannot be offered as it was declared: a misuse found when the server is made, never while it serves.
public struct FeatureError: Error, Sendable, CustomStringConvertible {
    /// Which feature, for example `tool 'transfer'`.
    public var feature: String
    /// What is wrong with it and what to do.
    public var message: String

    public init(feature: String, message: String) {
        self.feature = feature
        self.message = message
    }

    public var description: String { "\(feature): \(message)" }
}
