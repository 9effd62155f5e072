import Foundation
import InterlockJSON

/// A JSON file of settings: one object, a member for each setting, by its name.
enum SettingsFile {
    /// Reads the file. Numbers, booleans and arrays of strings are taken as the texts they would be as flags.
    ///
    /// A member that is no setting is an error, so that a misspelt one does not go unnoticed.
    static func read(_ path: String) throws(SettingsError) -> [Setting: String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("--config \(path): there is no such file, or it may not be read")
        }
        do {
            return try settings(in: RawJSON(Array(data)), path: path)
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError("--config \(path): this is not JSON: \(error)")
        }
    }

    static func settings(in json: RawJSON, path: String) throws(SettingsError) -> [Setting: String] {
        guard let members = json.members else { throw SettingsError("--config \(path): the file must hold one JSON object") }
        var settings: [Setting: String] = [:]
        for (name, value) in members {
            guard let setting = Setting(rawValue: name) else {
                let names = Setting.allCases.map(\.rawValue)
                let nearest = NearestName.of(name, among: names).map { "; did you mean \"\($0)\"?" } ?? "."
                throw SettingsError("--config \(path): there is no setting \"\(name)\"\(nearest) The settings are \(names.joined(separator: ", "))")
            }
            guard let text = setting == .toolPolicies ? value.description : text(of: value) else {
                throw SettingsError("\"\(name)\" in \(path)", is: value.description, expected: "a string, a number, true or false, or an array of strings")
            }
            settings[setting] = text
        }
        return settings
    }

    private static func text(of value: RawJSON) -> String? {
        switch value.kind {
        case .string: return value.string
        case .number, .bool: return value.description
        case .array:
            let texts = value.elements?.map(\.string) ?? []
            return texts.contains(nil) ? nil : texts.compactMap(\.self).joined(separator: ",")
        case .null, .object: return nil
        }
    }
}
