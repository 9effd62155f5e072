/// Why there is no document.
struct DocumentError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
