import Foundation

/// A tenant's name to index by, or none; equal to another only byte by byte, as what merely reads the same is somebody else.
struct TenantKey: Hashable, Sendable {
    let name: String?

    init(_ name: String?) { self.name = name }

    static func == (a: TenantKey, b: TenantKey) -> Bool {
        guard var a = a.name, var b = b.name else { return a.name == nil && b.name == nil }
        return a.withUTF8 { a in
            b.withUTF8 { b in
                guard a.count == b.count else { return false }
                guard let left = a.baseAddress, let right = b.baseAddress else { return true }
                return memcmp(left, right, a.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        guard var name else { return hasher.combine(false) }
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
