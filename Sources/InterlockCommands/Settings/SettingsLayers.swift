import Configuration

/// Where settings come from: flags before the environment before a file; what none of them names keeps its default.
struct SettingsLayers: Sendable {
    /// One source: its values, and what it calls a setting in messages.
    private struct Layer {
        let provider: any ConfigProvider
        let nameOf: @Sendable (Setting) -> String
    }

    private let layers: [Layer]

    /// - Parameters:
    ///   - flags: settings given on the command line.
    ///   - environment: the process's variables.
    ///   - file: settings of a file, and its path.
    init(flags: [Setting: String], environment: [String: String], file: (path: String, settings: [Setting: String])?) {
        var other: [Setting: String] = [:]
        for setting in Setting.allCases {
            other[setting] = setting.otherVariables.lazy.compactMap { environment[$0] }.first
        }
        var layers = [
            Layer(provider: Self.provider("flags", flags)) { "--" + $0.rawValue },
            Layer(provider: EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "interlock")) { $0.variable },
            Layer(provider: Self.provider("environment", other)) { $0.otherVariables.first ?? $0.variable },
        ]
        if let file {
            layers.append(Layer(provider: Self.provider(file.path, file.settings)) { "\"\($0.rawValue)\" in \(file.path)" })
        }
        self.layers = layers
    }

    /// The text of a setting in the first layer that has it, and what that layer calls it.
    subscript(_ setting: Setting) -> (value: String, source: String)? {
        get throws(SettingsError) {
            for layer in layers {
                let result: LookupResult
                do {
                    result = try layer.provider.value(forKey: AbsoluteConfigKey([setting.rawValue]), type: .string)
                } catch {
                    throw SettingsError("\(layer.nameOf(setting)) cannot be read: \(error)")
                }
                guard case .string(let text)? = result.value?.content else { continue }
                return (text, layer.nameOf(setting))
            }
            return nil
        }
    }

    private static func provider(_ name: String, _ settings: [Setting: String]) -> InMemoryProvider {
        let values = settings.map { (AbsoluteConfigKey([$0.key.rawValue]), ConfigValue(.string($0.value), isSecret: false)) }
        return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: values))
    }
}
