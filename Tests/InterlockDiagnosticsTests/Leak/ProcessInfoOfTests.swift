import Foundation

enum ProcessInfoOfTests {
    static var identifier: Int32 { ProcessInfo.processInfo.processIdentifier }
}
