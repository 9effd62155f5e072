import InterlockJSON

/// A public key as a key set publishes it (RFC 7517, RFC 7518 §6, RFC 8037), read strictly. Private members are never read.
struct KeyDescription: Sendable, Hashable {
    enum Material: Sendable, Hashable {
        case rsa(modulus: String, exponent: String)
        case ellipticCurve(String, x: String, y: String)
        case edwards(x: String)
    }

    /// Why a key of a set is not used. The set may still be good: issuers publish keys for other purposes too.
    enum Unusable: String, Error, Sendable, Hashable {
        case shape = "it has not the shape of a key"
        case type = "its type is not used for signatures here"
        case purpose = "it is not for signatures"
        case privatePart = "it has private parts, so everybody can sign with it"
        case algorithm = "its algorithm does not fit it"
        case size = "it is too short or too long"
    }

    let kid: String?
    let material: Material
    let algorithms: Set<SignatureAlgorithm>
    let signatureBytes: Int

    init(_ json: RawJSON) throws(Unusable) {
        guard json.kind == .object, let type = json["kty"]?.string else { throw .shape }
        if let use = json["use"] { guard use.string == "sig" else { throw .purpose } }
        if let operations = json["key_ops"] {
            guard let names = operations.elements, names.contains(where: { $0.string == "verify" }) else { throw .purpose }
        }
        guard json["d"] == nil, json["k"] == nil, json["p"] == nil else { throw .privatePart }
        if let value = json["kid"] {
            guard let text = value.string, (1...256).contains(text.utf8.count) else { throw .shape }
            kid = text
        } else {
            kid = nil
        }
        let possible: Set<SignatureAlgorithm>
        switch type {
        case "RSA":
            guard let n = json["n"]?.string, let e = json["e"]?.string, let modulus = Base64URL.decode(n.utf8), let exponent = Base64URL.decode(e.utf8) else {
                throw .shape
            }
            let length = modulus.drop { $0 == 0 }.count
            guard (256...1_024).contains(length), (1...4).contains(exponent.count), exponent.reduce(0, { $0 << 8 | Int($1) }) >= 3 else { throw .size }
            material = .rsa(modulus: n, exponent: e)
            signatureBytes = length
            possible = [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case "EC":
            guard let curve = json["crv"]?.string, let x = json["x"]?.string, let y = json["y"]?.string else { throw .shape }
            let bytes: Int
            switch curve {
            case "P-256": (bytes, possible) = (32, [.es256])
            case "P-384": (bytes, possible) = (48, [.es384])
            case "P-521": (bytes, possible) = (66, [.es512])
            default: throw .type
            }
            guard Base64URL.decode(x.utf8)?.count == bytes, Base64URL.decode(y.utf8)?.count == bytes else { throw .size }
            material = .ellipticCurve(curve, x: x, y: y)
            signatureBytes = 2 * bytes
        case "OKP":
            guard json["crv"]?.string == "Ed25519", let x = json["x"]?.string else { throw .type }
            guard Base64URL.decode(x.utf8)?.count == 32 else { throw .size }
            material = .edwards(x: x)
            (signatureBytes, possible) = (64, [.edDSA])
        default:
            throw .type
        }
        guard let value = json["alg"] else {
            algorithms = possible
            return
        }
        guard let name = value.string, let algorithm = SignatureAlgorithm(exactly: name), possible.contains(algorithm) else { throw .algorithm }
        algorithms = [algorithm]
    }
}
