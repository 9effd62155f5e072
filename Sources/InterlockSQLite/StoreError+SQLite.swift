import GRDB
import InterlockStorage

extension StoreError {
    /// What SQLite's errors mean to the caller of a store. The message names the file.
    init(_ error: any Error, during what: String, path: String) {
        switch error {
        case let error as StoreError:
            self = error
        case let error as SQLiteStoreError:
            // A file cannot be opened for whatever reason SQLite has.
            let code = (error.cause as? DatabaseError).map(Self.code) ?? (error.code == .newerSchema ? .refused : .unavailable)
            self.init(code, "\(what): \(error)", cause: error.cause)
        case let error as DatabaseError:
            let code = Self.code(error)
            self.init(
                code, "\(what) in \(path): \(error.message ?? error.resultCode.description) (SQLite \(error.extendedResultCode.rawValue)); \(Self.advice(code))", cause: error,
                outage: Self.outage(error))
        case is CancellationError:
            self.init(.unavailable, "\(what) in \(path): the task was cancelled before it was done", cause: error)
        default:
            self.init(.unavailable, "\(what) in \(path): \(error)", cause: error)
        }
    }

    private static func code(_ error: DatabaseError) -> Code {
        switch error.resultCode {
        case .SQLITE_FULL: .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_SCHEMA: .corrupt
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_TOOBIG: .refused
        default: .unavailable
        }
    }

    /// What an error says of the file as a whole; `nil` if it is about one call.
    private static func outage(_ error: DatabaseError) -> StoreOutage.Reason? {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .timeout
        case .SQLITE_READONLY: .readOnly
        case .SQLITE_PERM, .SQLITE_AUTH: .auth
        case .SQLITE_FULL: .full
        case .SQLITE_CANTOPEN: .unreachable
        case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB: .other
        default: nil
        }
    }

    private static func advice(_ code: Code) -> String {
        switch code {
        case .full: "the disk is full: make room"
        case .corrupt: "the file is damaged or not one of these stores: stop its users, move it away with its -wal and -shm, and restore it or begin anew"
        case .refused: "check who may write the file and its folder, and the size of what is stored"
        case .unavailable: "another process may hold the file for long: try again, and see who does"
        }
    }

    /// What is stored is not what this store writes.
    static func corrupt(_ what: String, path: String) -> StoreError {
        StoreError(.corrupt, "\(what) in \(path) is not what this store writes; \(advice(.corrupt))")
    }
}
