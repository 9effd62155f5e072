import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Values from a hostile peer", .enabled(if: ReferenceData.isAvailable))
struct HostileValueTests {
    static let replacements: [JSONValue] = [
        .null, true, -1, "", "\u{0}é", [], [[]], [:], ["type": "text"], ["": [:]],
        .number(JSONNumber("1e400") ?? 0), .number(JSONNumber("-9223372036854775808") ?? 0),
        .number(JSONNumber("123456789012345678901234567890.5") ?? 0),
    ]

    @Test("are read and written again or refused with -32602, whatever member they stand in", arguments: ReferenceData.samples)
    func mutations(sample: String) throws {
        let json = try ReferenceData.json("2026-07-28/examples/\(sample)").value()
        let type = String(sample.prefix { $0 != "/" })
        let recode = try #require(GoldenSampleTests.shapes[type])
        guard json["jsonrpc"] == nil else { return }  // frames are the scanner's; their params and results are samples too
        for mutant in Self.mutants(of: json) {
            do {
                let written = try recode(RawJSON(mutant))
                #expect(throws: Never.self) { try RawJSON(written.bytes) }
                #expect(throws: Never.self) { try recode(written) }
            } catch let error as ProtocolError {
                #expect(error.code == .invalidParams && error.message.utf8.count < 1_000)
            }
        }
    }

    /// The value with each part of it replaced in turn by each hostile value, and each member removed.
    static func mutants(of value: JSONValue) -> [JSONValue] {
        var mutants = replacements
        if let array = value.array {
            for index in array.indices {
                for mutant in Self.mutants(of: array[index]) {
                    var array = array
                    array[index] = mutant
                    mutants.append(.array(array))
                }
            }
        }
        if let object = value.object {
            for (key, member) in object {
                for mutant in Self.mutants(of: member).map(Optional.some) + [nil] {
                    var object = object
                    object[key] = mutant
                    mutants.append(.object(object))
                }
            }
        }
        return mutants
    }
}
