import Foundation

/// A file that a setting, or a member of another file, names. What is wrong with it is told with its name.
struct NamedFile: Sendable {
    /// Where the name stands, such as `--alerts`.
    let source: String
    let path: String

    func read() throws(SettingsError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw SettingsError("\(source) \(path): there is no such file, or it may not be read") }
        return Array(data)
    }

    /// Makes something of its bytes.
    func parsed<Value>(_ parse: ([UInt8]) throws -> Value) throws(SettingsError) -> Value {
        let bytes = try read()
        return try naming { try parse(bytes) }
    }

    /// Does what reads the file by itself. Errors that name a file already stay as they are.
    func naming<Value>(_ body: () throws -> Value) throws(SettingsError) -> Value {
        do {
            return try body()
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("\(source) \(path): \(error)")
        }
    }
}
