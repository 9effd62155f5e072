import Crypto
import InterlockJSON

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The machine a load ran on, as far as its figures depend on it. Figures of two machines say nothing about one server.
public struct MachineFingerprint: Sendable, Hashable {
    /// What is told apart: architecture, processor, cores, memory, and a digest of the machine's id.
    public var parts: [String: String]

    /// Makes one of known parts; for tests.
    public init(parts: [String: String]) { self.parts = parts }

    /// This machine.
    public static var current: MachineFingerprint {
        var name = utsname()
        uname(&name)
        let architecture = withUnsafeBytes(of: &name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let processor = read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
        let pages = sysconf(Int32(_SC_PHYS_PAGES)), size = sysconf(Int32(_SC_PAGESIZE))
        // The id itself identifies the installation and stays here; its digest only tells machines apart.
        let digest = SHA256.hash(data: Array(("interlock bench " + read("/etc/machine-id")).utf8)).prefix(8)
        return MachineFingerprint(parts: [
            "architecture": architecture, "processor": processor.map { String($0.drop { $0 == " " }) } ?? "unknown",
            "cores": "\(sysconf(Int32(_SC_NPROCESSORS_ONLN)))", "memoryMiB": "\(pages / 1_024 * size / 1_024)",
            "machine": digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
        ])
    }

    /// The parts in which two machines differ.
    public func differences(from other: MachineFingerprint) -> [String] {
        Set(parts.keys).union(other.parts.keys).filter { parts[$0] != other.parts[$0] }.sorted()
    }

    var json: JSONValue { .object(JSONObject(parts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })) }

    init?(_ json: JSONValue?) {
        guard let members = json?.object else { return nil }
        parts = Dictionary(members.compactMap { member in member.value.string.map { (member.key, $0) } }) { $1 }
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        return String(decoding: bytes.prefix(fread(&bytes, 1, bytes.count, file)), as: UTF8.self)
    }
}
