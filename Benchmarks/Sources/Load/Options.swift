import Measuring

/// The command line: a verb, perhaps a port, `--name value` pairs, and after `--` a command.
struct Options {
    let verb: String
    let command: [String]
    private var port: UInt16?
    private var values: [String: String] = [:]

    init(_ arguments: [String]) throws(MeasuringError) {
        let parts = arguments.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
        command = parts.count > 1 ? Array(parts[1]) : []
        var rest = parts[0]
        verb = rest.popFirst() ?? ""
        if let first = rest.first, let port = UInt16(first) {
            self.port = port
            rest = rest.dropFirst()
        }
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else { throw MeasuringError("\(name): expected --name value") }
            values[String(name.dropFirst(2))] = value
        }
    }

    subscript(name: String) -> String? { values[name] }

    func int(_ name: String) throws(MeasuringError) -> Int {
        guard let value = values[name].flatMap({ Int($0) }) else { throw MeasuringError("--\(name) NUMBER is missing") }
        return value
    }

    func era() throws(MeasuringError) -> Era {
        guard let era = Era(rawValue: values["era"] ?? "modern") else { throw MeasuringError("--era is modern or legacy") }
        return era
    }

    func target(_ era: Era? = nil) throws(MeasuringError) -> HTTPTarget {
        guard let port else { throw MeasuringError("the port is missing: load \(verb) PORT …") }
        let declared = try self.era()
        return HTTPTarget(
            port: port, era: era ?? declared, path: values["path"] ?? "/mcp", tool: values["tool"] ?? "echo", assumedSession: values["session"],
            authorization: values["authorization"])
    }
}
