import InterlockConcurrency
import Logging
import NIOPosix

/// The documents of the server: indexed in the background, searched by words, followed while they change.
///
/// Nothing of it has to be ready for the server to start: the first look at the folder is taken by ``run(onChange:)``,
/// and searches wait for it.
final class DocumentLibrary: Sendable {
    /// Files that are read and indexed in one step.
    private static let batch = 200

    private let source: DocumentSource
    private let index = Readiness<DocumentIndex>()
    private let scanInterval: Duration
    private let clock: any SchedulingClock
    private let logger: Logger

    /// - Parameter scanInterval: how long a change in the folder may go unnoticed.
    init(source: DocumentSource, scanInterval: Duration = .seconds(2), clock: any SchedulingClock = SystemClock.shared, logger: Logger) {
        self.source = source
        self.scanInterval = scanInterval
        self.clock = clock
        self.logger = logger
    }

    /// Documents that have the words, best first. A text without a letter or digit is refused.
    func search(_ text: String, limit: Int) async throws -> [SearchHit] {
        guard let query = SearchQuery(text) else {
            throw DocumentError(message: "There is no word in the query to search for; give at least one letter or digit.")
        }
        return try await index.value().search(query, limit: limit)
    }

    /// The document with this id. An id is a key of the index, never a path that is opened.
    func document(_ id: String) async throws -> Document {
        guard let document = try await index.value().document(id) else {
            throw DocumentError(message: "There is no document '\(id)'. Ids come from search_documents and from resources/list.")
        }
        return document
    }

    /// Ids that begin with a prefix, at most `limit`.
    func ids(from prefix: String, limit: Int) async throws -> [String] {
        try await index.value().ids(from: prefix, limit: limit)
    }

    /// Indexes the documents and follows the folder until the task is cancelled, then gives the index up. Call once.
    ///
    /// - Parameter onChange: told after the index has changed, also of the first documents.
    func run(onChange: @Sendable (FolderChanges) -> Void) async {
        do {
            let index = try await Self.blocking { try DocumentIndex() }
            defer { index.close() }
            switch source {
            case .bundled:
                try await index.put(BundledDocuments.all)
                self.index.succeed(index)
                onChange(FolderChanges(added: BundledDocuments.all.map(\.id)))
                try await clock.sleep(until: .distantFuture)
            case .folder(let path):
                await follow(DocumentFolder(path: path), index, onChange)
            }
        } catch is CancellationError {
            return
        } catch {
            logger.error("documents cannot be indexed", metadata: ["error": "\(error)"])
            index.fail(DocumentError(message: "The documents of this server could not be indexed; its log says why."))
        }
    }

    private func follow(_ folder: DocumentFolder, _ index: DocumentIndex, _ onChange: @Sendable (FolderChanges) -> Void) async {
        var machine = FolderStateMachine()
        var lastProblem: String?
        while !Task.isCancelled {
            var attempt = machine
            do {
                let listing = try await Self.blocking { try folder.list() }
                let changes = attempt.look(listing)
                if !changes.isEmpty {
                    try await apply(changes, of: folder, to: index)
                    logger.info("documents indexed", metadata: [
                        "event": "documents_indexed", "added": .stringConvertible(changes.added.count),
                        "changed": .stringConvertible(changes.changed.count), "removed": .stringConvertible(changes.removed.count),
                        "left_out": .stringConvertible(listing.leftOut),
                    ])
                }
                machine = attempt
                lastProblem = nil
                self.index.succeed(index)
                if !changes.isEmpty { onChange(changes) }
            } catch is CancellationError where Task.isCancelled {
                return
            } catch {
                // What was indexed stays searchable; the next look tries everything again that did not get through.
                if lastProblem != "\(error)" { logger.error("documents cannot be indexed", metadata: ["error": "\(error)"]) }
                lastProblem = "\(error)"
                self.index.fail(error as? DocumentError ?? DocumentError(message: "The documents of this server could not be indexed; its log says why."))
            }
            do { try await clock.sleep(for: scanInterval) } catch { return }
        }
    }

    private func apply(_ changes: FolderChanges, of folder: DocumentFolder, to index: DocumentIndex) async throws {
        try await index.remove(changes.removed)
        let ids = changes.added + changes.changed
        for start in stride(from: 0, to: ids.count, by: Self.batch) {
            let part = ids[start..<min(start + Self.batch, ids.count)]
            let documents = try await Self.blocking { part.compactMap { id in folder.text(id).map { Document(id: id, text: $0) } } }
            // A file that has become unreadable must not be found by what it said before.
            try await index.remove(Set(part).subtracting(documents.map(\.id)).sorted())
            try await index.put(documents)
        }
    }

    /// Runs what blocks on a thread made for that.
    private static func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
