#if os(Linux)
import InterlockJSON
import InterlockServer

/// `hash_password` and `verify_password`: work that computes for a quarter of a second, on threads of its own.
enum PasswordTools {
    static func make(_ hasher: BcryptHasher, mode: DemoMode) -> [any Feature] {
        let hash = Tool<HashInput>.reference("hash_password", "A bcrypt hash of a password, with a new salt.", mode: mode) { input, _ in
            var random = SystemRandomNumberGenerator()
            return HashAnswer(hash: try hasher.hash(input.password, using: &random))
        }
        let verify = Tool<VerifyInput>.reference("verify_password", "Whether a bcrypt hash was made from a password.", mode: mode, readOnly: true) { input, _ in
            VerifyAnswer(valid: try hasher.verify(input.password, hash: input.hash))
        }
        switch mode {
        case .guarded: return [hash.onWorkers().queue(depth: 1_000), verify.onWorkers().queue(depth: 1_000)]
        case .unsafe: return [hash, verify]
        }
    }

    struct HashInput: Decodable, ToolInput {
        var password: String
        static let inputSchema = InputSchema { .string("password", "The password, at most 72 bytes", minLength: 1, maxLength: 72) }.schema
    }

    struct VerifyInput: Decodable, ToolInput {
        var password: String
        var hash: String
        static let inputSchema = InputSchema {
            .string("password", "The password, at most 72 bytes", maxLength: 72);
            .string("hash", "The bcrypt hash, as hash_password gave it", minLength: 1, maxLength: 128)
        }.schema
    }

    struct HashAnswer: AnswerValue {
        var hash: String
        static let schema = AnswerSchema(["hash": .schema("string", "The hash: $2b$12$, salt and hash")])
    }

    struct VerifyAnswer: AnswerValue {
        var valid: Bool
        static let schema = AnswerSchema(["valid": .schema("boolean", "Whether the password is the one")])
    }
}
#endif
