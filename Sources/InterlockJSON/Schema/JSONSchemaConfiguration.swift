/// How a schema is read, and how much compiling it and validating with it may cost.
public struct JSONSchemaConfiguration: Sendable, Hashable {
    /// The dialect of a schema that has no `$schema`.
    public var defaultDialect: JSONSchemaDialect
    /// Whether `format` is checked (see ``JSONSchema/assertedFormats``). Otherwise, as the standard has it, it only annotates.
    public var assertsFormat: Bool
    /// How deep subschemas may nest in one document.
    public var maximumDepth: Int
    /// How many subschemas may be read in all, those of referenced documents included.
    public var maximumSubschemas: Int
    /// How many instructions the patterns of a schema may have together; one pattern's own limits are in ``patternLimits``.
    public var maximumPatternInstructions: Int
    /// How many steps one validation may take. A step is a subschema applied, a member or an item looked at, or a comparison;
    /// the default takes well under a second.
    public var maximumSteps: Int
    /// How many subschemas may be under way inside one another during a validation.
    ///
    /// In a release build the default fits a thread with 512 KiB of stack.
    public var maximumRecursion: Int
    /// How many violations are reported at most; the first ones win.
    public var maximumViolations: Int
    /// Limits for each `pattern` and each name in `patternProperties`.
    public var patternLimits: PatternLimits

    /// Limits for schemas and values from outside.
    public static let `default` = JSONSchemaConfiguration()

    /// Makes a configuration; what is left out keeps its default.
    public init(
        defaultDialect: JSONSchemaDialect = .draft202012, assertsFormat: Bool = false, maximumDepth: Int = 64,
        maximumSubschemas: Int = 10_000,
        maximumPatternInstructions: Int = 100_000, maximumSteps: Int = 2_000_000, maximumRecursion: Int = 320,
        maximumViolations: Int = 20,
        patternLimits: PatternLimits = .default
    ) {
        self.defaultDialect = defaultDialect
        self.assertsFormat = assertsFormat
        self.maximumDepth = maximumDepth
        self.maximumSubschemas = maximumSubschemas
        self.maximumPatternInstructions = maximumPatternInstructions
        self.maximumSteps = maximumSteps
        self.maximumRecursion = maximumRecursion
        self.maximumViolations = maximumViolations
        self.patternLimits = patternLimits
    }
}
