#if os(Linux)
import CCrypt
import Glibc

/// Password hashes by bcrypt, as libcrypt computes them: `$2b$`, cost, salt and hash in 60 characters.
///
/// A hash of cost 12 occupies its thread for a quarter of a second, so call it on threads made for that. Each call has
/// its own work area, which is wiped before it is freed.
struct BcryptHasher: Sendable {
    /// bcrypt reads no more bytes of a password; a longer one is refused rather than cut short in silence.
    static let maximumPasswordBytes = 72
    /// Costs that are accepted for checking; one more doubles the time, and 31 would hold a thread for days.
    static let acceptedCosts = 4...14

    private let cost: Int

    /// - Parameter cost: the binary logarithm of the number of rounds.
    init(cost: Int = 12) {
        precondition(Self.acceptedCosts.contains(cost), "BcryptHasher(cost: \(cost)): the cost must lie in \(Self.acceptedCosts)")
        self.cost = cost
    }

    /// Hashes a password with a new salt of 128 bits.
    func hash(_ password: String, using random: inout some RandomNumberGenerator) throws(PasswordError) -> String {
        var salt = [CChar](repeating: 0, count: 16)
        for index in salt.indices { salt[index] = CChar.random(in: .min ... .max, using: &random) }
        var setting = [CChar](repeating: 0, count: 64)
        guard crypt_gensalt_rn("$2b$", UInt(cost), salt, Int32(salt.count), &setting, Int32(setting.count)) != nil else {
            throw PasswordError(message: "This machine's libcrypt offers no bcrypt; install a libcrypt that does.")
        }
        return try crypt(password, setting: setting)
    }

    /// Whether the hash was made from this password; compares all characters whatever they are.
    func verify(_ password: String, hash: String) throws(PasswordError) -> Bool {
        guard let bytes = Self.wellFormed(hash) else {
            throw PasswordError(
                message: "This is no bcrypt hash that can be checked here: it must look like $2b$12$ with 53 characters after it, at a cost in \(Self.acceptedCosts).")
        }
        let computed = try Array(crypt(password, setting: bytes.map { CChar(bitPattern: $0) } + [0]).utf8)
        guard computed.count == bytes.count else { return false }
        return zip(computed, bytes).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The hash's bytes if it is one whose cost is accepted.
    private static func wellFormed(_ hash: String) -> [UInt8]? {
        let bytes = Array(hash.utf8)
        guard bytes.count == 60, ["$2a$", "$2b$", "$2y$"].contains(hash.prefix(4)), bytes[6] == UInt8(ascii: "$"),
            let cost = Int(hash.dropFirst(4).prefix(2)), acceptedCosts.contains(cost)
        else { return nil }
        let alphabet = bytes[7...].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "/"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return alphabet ? bytes : nil
    }

    private func crypt(_ password: String, setting: [CChar]) throws(PasswordError) -> String {
        guard password.utf8.count <= Self.maximumPasswordBytes, !password.utf8.contains(0) else {
            throw PasswordError(message: "The password must have at most \(Self.maximumPasswordBytes) bytes of UTF-8 and no zero byte: bcrypt reads no further.")
        }
        let area = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer {
            explicit_bzero(area, MemoryLayout<crypt_data>.size)
            area.deallocate()
        }
        memset(area, 0, MemoryLayout<crypt_data>.size)
        // libcrypt reports failure by null or by a string that begins with an asterisk, never a hash.
        guard let result = crypt_r(password, setting, area), result.pointee != CChar(bitPattern: UInt8(ascii: "*")) else {
            throw PasswordError(message: "libcrypt could not compute the hash.")
        }
        return String(cString: result)
    }
}
#endif
