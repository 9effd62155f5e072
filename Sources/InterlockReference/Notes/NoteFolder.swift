import Foundation
import InterlockConcurrency
import Synchronization

/// Notes as files in a folder of this process, which is made for the first one and removed with the last.
///
/// Whether a name is free, and taking it, are one operation of the file system (a link), so one of several who try succeeds,
/// in whatever process they are. Its calls block and belong on worker threads.
final class NoteFolder: Sendable {
    private struct State {
        var folder: PrivateFolder?
        /// Notes there are, and those being created.
        var notes = 0
    }

    private let state = Mutex(State())
    private let maximumNotes: Int
    private let mode: DemoMode

    /// - Parameters:
    ///   - maximumNotes: how many there may be, which bounds what clients can put on the disk.
    ///   - mode: `unsafe` looks whether the name is free, lets others come between, and writes.
    init(maximumNotes: Int = 1_000, mode: DemoMode) {
        self.maximumNotes = maximumNotes
        self.mode = mode
    }

    /// Creates a note. A refusal changes nothing.
    func create(_ name: String, text: String) async throws -> Note {
        let file = try path(of: name)
        try reservePlace()
        do {
            guard try await write(text, to: file) else { throw NoteError(message: "There is a note '\(name)' already; it was left as it is.") }
            return Note(name: name, text: text)
        } catch {
            state.withLock { $0.notes -= 1 }
            throw error
        }
    }

    /// The note with this name.
    func note(_ name: String) throws -> Note {
        let file = try path(of: name)
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw NoteError(message: "There is no note '\(name)'. Create it with create_note.")
        }
        return Note(name: name, text: String(decoding: bytes, as: UTF8.self))
    }

    /// Removes all notes.
    func removeAll() {
        let folder = state.withLock { state in
            let folder = state.folder
            state = State()
            return folder
        }
        folder?.remove()
    }

    /// Returns whether this call created the file.
    private func write(_ text: String, to path: String) async throws -> Bool {
        let file = AtomicFile(path: path)
        switch mode {
        case .guarded:
            return try file.createIfAbsent(Array(text.utf8), permissions: 0o600)
        case .unsafe:
            if FileManager.default.fileExists(atPath: path) { return false }
            await Task.yield()
            try file.replace(with: Array(text.utf8), permissions: 0o600)
            return true
        }
    }

    private func reservePlace() throws {
        try state.withLock { state in
            guard state.notes < maximumNotes else {
                throw NoteError(message: "All \(maximumNotes) notes of this server are taken; no other can be created.")
            }
            state.notes += 1
        }
    }

    /// Where a note lies. Names that could lead out of the folder, or be hidden in it, are refused.
    private func path(of name: String) throws -> String {
        let isAllowed = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        guard isAllowed, !name.isEmpty, name.utf8.count <= 64 else {
            throw NoteError(message: "'\(name)' is no name for a note: use 1 to 64 letters without accents, digits, '-' and '_'.")
        }
        let folder = try state.withLock { state in
            if let folder = state.folder { return folder }
            let folder = try PrivateFolder(purpose: "notes")
            state.folder = folder
            return folder
        }
        return "\(folder.path)/\(name)"
    }
}

/// A note.
struct Note: Sendable, Hashable {
    var name: String
    var text: String
}

/// Why there is no note, or no new one.
struct NoteError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
