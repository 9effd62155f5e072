public import Foundation

extension AuditReport {
    /// The report as one JSON object with sorted keys: `findings`, `allowed` (each a `finding` and a `reason`) and `fileCount`.
    public func json(pretty: Bool = true) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
