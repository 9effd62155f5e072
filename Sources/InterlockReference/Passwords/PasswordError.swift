/// Why a password was not hashed or checked. Never says anything of the password.
struct PasswordError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
