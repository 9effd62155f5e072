import Crypto
import Foundation

/// Seals with AES-256-GCM under one key.
public struct AEADRequestStateSealer: RequestStateSealer {
    private let key: SymmetricKey

    /// - Parameter key: 32 secret bytes, the same on all instances behind one address; by default random for this process.
    public init(key: [UInt8]? = nil) {
        if let key {
            precondition(key.count == 32, "AEADRequestStateSealer: the key has \(key.count) bytes, AES-256 needs 32")
            self.key = SymmetricKey(data: key)
        } else {
            self.key = SymmetricKey(size: .bits256)
        }
    }

    public func seal(_ plaintext: [UInt8], binding: [UInt8]) throws -> String {
        let box = try AES.GCM.seal(plaintext, using: key, authenticating: binding)
        guard let combined = box.combined else { throw RequestStateError("the cipher gave no combined form") }
        return combined.base64EncodedString()
    }

    public func open(_ sealed: String, binding: [UInt8]) throws -> [UInt8] {
        guard let combined = Data(base64Encoded: sealed) else { throw RequestStateError("requestState is not base64: it was changed on the way") }
        do {
            return [UInt8](try AES.GCM.open(AES.GCM.SealedBox(combined: combined), using: key, authenticating: binding))
        } catch {
            throw RequestStateError("requestState was not made by this server for this request, or was changed on the way")
        }
    }
}
