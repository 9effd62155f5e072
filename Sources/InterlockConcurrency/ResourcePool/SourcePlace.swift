/// A line of source: where something was asked for.
public struct SourcePlace: Sendable, Hashable, CustomStringConvertible {
    /// Module and file, as `#fileID` gives it.
    public let file: String
    /// The line in it.
    public let line: UInt

    /// Makes a place from `#fileID` and `#line`.
    public init(file: String, line: UInt) {
        self.file = file
        self.line = line
    }

    public var description: String { "\(file):\(line)" }
}
