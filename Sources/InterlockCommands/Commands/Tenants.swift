import ArgumentParser
import Foundation
import InterlockServer
import InterlockStorage

/// `interlock tenants`: the tenant configuration that instances share.
struct Tenants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put or show the tenants that interlock serve --tenants store uses.",
        discussion: """
            The configuration is checked before it is put, and every instance checks it again before it takes effect, a few seconds later: \
            one that is not usable changes nothing. docs/tenants.md says what is in it.
            """,
        subcommands: [Put.self, Show.self])

    /// Where it is.
    struct Place: ParsableArguments {
        @Option(help: ArgumentHelp("As interlock serve has it: the URL of --redis (redis://host:port/0?prefix=x), or sqlite:FILE.", valueName: "store")) var store: String

        func withDocument<Result>(_ body: (TenantDocument) async throws -> Result) async throws -> Result {
            try await StateStoreAddress(store).withStore { try await body(TenantDocument($0)) }
        }
    }

    /// `interlock tenants put`.
    struct Put: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check a configuration and put it into the store, for all instances.")

        @Argument(help: ArgumentHelp("The configuration (JSON).", valueName: "file")) var file: String
        @OptionGroup var place: Place
        @Option(help: ArgumentHelp("Only if this version is there, 0 for none; show prints it.", valueName: "version")) var ifVersion: UInt64?

        func run() async throws {
            let named = NamedFile(source: "tenants put", path: file)
            let bytes = try named.read()
            try named.naming { _ = try TenantConfiguration(json: bytes) } // before the store is opened
            let version = try await place.withDocument { try await $0.put(bytes, replacing: ifVersion) }
            guard let version else {
                throw UsageError("another version than \(ifVersion.map(String.init) ?? "this") is there, and stays: look at it with `interlock tenants show`")
            }
            print("put as version \(version)")
        }
    }

    /// `interlock tenants show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the configuration that is in the store to standard output, and its version to standard error.")

        @OptionGroup var place: Place

        func run() async throws {
            guard let document = try await place.withDocument({ try await $0.load() }) else {
                throw UsageError("there is no tenant configuration in this store; put one there with `interlock tenants put`")
            }
            try FileHandle.standardOutput.write(contentsOf: Data(document.value))
            StandardError.write("version \(document.version)\n")
        }
    }
}
